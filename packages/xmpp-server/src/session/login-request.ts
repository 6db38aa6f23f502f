/** What a client asks for together with its login (XEP-0388 s.2.3): to be bound or resumed, and a token for the next time. */
import { createHash } from 'node:crypto';
import { attribute, childElements, NS, type Element } from '@conclave/signaling';
import { bind2Namespace } from './bind2.js';

export const fastNamespace = 'urn:xmpp:fast:0';

export interface LoginRequest {
  /** Which of an account's clients it is: the hash of the id that it gives itself. */
  readonly client: string | undefined;
  readonly bind: Element | undefined;
  readonly resume: Element | undefined;
  /** That the login is by a token (XEP-0484 s.3.3). */
  readonly fast: { readonly count: number | undefined; readonly invalidate: boolean } | undefined;
  /** The mechanism for which a token is asked for. */
  readonly tokenFor: string | undefined;
}

export function readLoginRequest(authenticate: Element): LoginRequest {
  const child = (name: string, namespace: string): Element | undefined =>
    childElements(authenticate).find(
      (each) => each.name === name && (attribute(each, 'xmlns') ?? namespace) === namespace,
    );
  const agent = authenticate.getChild('user-agent');
  const id = agent === undefined ? undefined : attribute(agent, 'id');
  const fast = child('fast', fastNamespace);
  const request = child('request-token', fastNamespace);
  const count = fast === undefined ? undefined : attribute(fast, 'count');
  const invalidate = fast === undefined ? undefined : attribute(fast, 'invalidate');
  return {
    client: id === undefined || id === '' ? undefined : createHash('sha256').update(id).digest('base64url'),
    bind: child('bind', bind2Namespace),
    resume: child('resume', NS.streamManagement),
    fast: fast && {
      // What is no number is as good as none that is higher than before.
      count: count === undefined ? undefined : /^[0-9]{1,15}$/.test(count) ? Number(count) : 0,
      invalidate: invalidate === 'true' || invalidate === '1',
    },
    tokenFor: request && attribute(request, 'mechanism'),
  };
}
