/** Bind 2 (XEP-0386): a resource, and whatever else a session needs, in the step in which the client logs in. */
import { createHash } from 'node:crypto';
import { escapeXML } from 'ltx';
import { attribute, childElements, NS, type Element, type StanzaError } from '@conclave/signaling';
import { randomText } from '../random-text.js';
import { openSession, type Binder } from './binding.js';
import { Session } from './session.js';
import { handleManagement } from './stream-management.js';

export const bind2Namespace = 'urn:xmpp:bind:0';

/** What a client may say of itself in its resource, in characters. */
const longestTag = 64;

/** Which client (XEP-0388 s.2.3.1) has bound a session by Bind 2. */
const clients = new WeakMap<Session, string>();

/** The feature that offers it, with what it can switch on. */
export function bind2FeatureXml(namespaces: readonly string[]): string {
  const features = [...namespaces, NS.streamManagement].map(
    (namespace) => `<feature var="${escapeXML(namespace)}"/>`,
  );
  return `<bind xmlns="${bind2Namespace}"><inline>${features.join('')}</inline></bind>`;
}

export interface Bound {
  readonly session: Session;
  /** `<bound/>`. */
  readonly xml: string;
  /** Whether stream management was enabled. */
  readonly managed: boolean;
}

/** @param client a secret of the client that bound before, if it says which it is: its older session ends @param news of the account */
export function bind2(
  binder: Binder,
  bind: Element,
  client: string | undefined,
  news: readonly Element[],
): Bound | StanzaError {
  const { services, account, host, stream } = binder;
  const session = openSession(binder, resource(bind, account.toString(), client));
  if (!(session instanceof Session)) return session;
  if (client !== undefined) {
    for (const other of services.sessions.ofAccount(account)) {
      if (clients.get(other) === client && other !== session)
        other.close('conflict', 'Replaced by a new connection');
    }
    clients.set(session, client);
  }
  const answers = host.bindFeatures.apply(session, bind).map((answer) => answer.toString());
  const enable = childElements(bind).find(
    (child) => child.name === 'enable' && attribute(child, 'xmlns') === NS.streamManagement,
  );
  const management = enable && handleManagement(enable, { services, session, account: undefined, stream });
  const told = news.map((each) => each.toString());
  const content = [...answers, ...(management?.xml ?? []), ...told].join('');
  return {
    session,
    xml: `<bound xmlns="${bind2Namespace}">${content}</bound>`,
    managed: management?.enabled === true,
  };
}

/** The client's name for itself, and a part that is always the same for the same client but does not tell which it is. */
function resource(bind: Element, account: string, client: string | undefined): string {
  const id =
    client === undefined
      ? randomText(9)
      : createHash('sha256').update(`${account}\0${client}`).digest().toString('base64url', 0, 9);
  const tag = bind.getChildText('tag')?.trim().slice(0, longestTag) ?? '';
  return tag === '' ? id : `${tag}/${id}`;
}
