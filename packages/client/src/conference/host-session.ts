/** Our session as the host, as far as there is one: how it is begun and ended, and what is seen of that. */
import type { Log } from '../log.js';
import { type XmppConnection, openConnection } from '../xmpp/connection.js';
import type { Identity } from './identity.js';
import type { JoinOptions } from './join-options.js';
import { loginForSession, logout } from './login.js';
import type { ConferenceTarget } from './request.js';
import type { ConferenceView } from './view.js';

export interface HostSessionContext {
  readonly options: JoinOptions;
  readonly identity: Identity;
  readonly target: ConferenceTarget;
  readonly view: ConferenceView;
  readonly log: Log;
  /** There is a session now: what we do next is done as the host. */
  readonly onAccepted: (sessionId: string) => Promise<void>;
}

export class HostSession {
  constructor(private readonly context: HostSessionContext) {}

  /** Proves it with an account of the main domain. */
  async login(username: string, password: string): Promise<void> {
    const { options, identity, target, view, log, onAccepted } = this.context;
    if (view.state.login.kind === 'pending') return;
    view.patch({ login: { kind: 'pending' } });
    const { serviceUrl, domains, openConnection: open = openConnection } = options;
    const result = await loginForSession(
      open,
      { service: serviceUrl, domain: domains.domain, credentials: { username, password }, log },
      target,
      identity.machineUid,
    );
    if (view.over) return;
    if (result.kind === 'refused') {
      view.patch({ login: result });
      return;
    }
    identity.sessionId = result.sessionId;
    view.patch({
      login: { kind: 'accepted', ...(result.identity !== undefined && { identity: result.identity }) },
    });
    await onAccepted(result.sessionId);
  }

  /** Forgets it, here and at the focus. */
  async logout(connection: XmppConnection): Promise<void> {
    const { identity, options, view } = this.context;
    const { sessionId } = identity;
    if (sessionId === undefined) return;
    identity.sessionId = undefined;
    view.patch({ login: { kind: 'idle' } });
    await logout(connection, options.domains.focus, sessionId);
  }

  /** The focus knows us by it. */
  recognized(identity: string): void {
    this.context.view.patch({ login: { kind: 'accepted', identity } });
  }

  /** The focus does not know it (any more). */
  expired(): void {
    const { view } = this.context;
    const accepted = view.state.login.kind === 'accepted';
    view.patch({ login: accepted ? { kind: 'refused', failure: 'refused' } : { kind: 'idle' } });
  }
}
