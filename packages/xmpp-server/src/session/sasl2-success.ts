/** The end of a login by SASL2 (XEP-0388 s.2.6): resumption first, else binding, and all of it told in `<success/>`. */
import { el, type Element, type Jid } from '@conclave/signaling';
import type { IssuedToken } from '../accounts/fast-tokens.js';
import { streamError, type StreamError } from '../stream/stream-error.js';
import { bind2 } from './bind2.js';
import type { Binder } from './binding.js';
import { fastNamespace, type LoginRequest } from './login-request.js';
import { sasl2Namespace } from './sasl-profile.js';
import type { Session } from './session.js';
import { handleManagement } from './stream-management.js';

export interface Success {
  readonly xml: string;
  readonly session: { readonly how: 'bound' | 'resumed'; readonly of: Session } | undefined;
  /** What a resumed session is sent again, once `<success/>` and features are out. */
  readonly missed: readonly string[];
  /** Whether stream management was enabled just now. */
  readonly managed: boolean;
}

/** @param news of the account, for a client that binds */
export function succeed(
  binder: Binder,
  request: LoginRequest,
  data: Buffer | undefined,
  token: IssuedToken | undefined,
  news: readonly Element[],
): Success | { readonly error: StreamError } {
  const { account, services, stream } = binder;
  const tell = (who: Jid, more: string): string => {
    const success = el(
      'success',
      { xmlns: sasl2Namespace },
      data && data.length > 0 ? el('additional-data', {}, data.toString('base64')) : undefined,
      el('authorization-identifier', {}, who.toString()),
      token && el('token', { xmlns: fastNamespace, token: token.token, expiry: token.expires.toISOString() }),
    ).toString();
    return success.replace(/<\/success>$/, () => `${more}</success>`);
  };
  const resumption =
    request.resume && handleManagement(request.resume, { services, session: undefined, account, stream });
  const [answer = '', ...missed] = resumption?.xml ?? [];
  if (resumption?.resumed !== undefined) {
    const { resumed } = resumption;
    return {
      xml: tell(resumed.jid, answer),
      session: { how: 'resumed', of: resumed },
      missed,
      managed: false,
    };
  }
  if (request.bind === undefined) {
    return { xml: tell(account, answer), session: undefined, missed: [], managed: false };
  }
  const bound = bind2(binder, request.bind, request.client, news);
  if (!('session' in bound)) return { error: streamError('resource-constraint', bound.text) };
  return {
    xml: tell(bound.session.jid, answer + bound.xml),
    session: { how: 'bound', of: bound.session },
    missed: [],
    managed: bound.managed,
  };
}
