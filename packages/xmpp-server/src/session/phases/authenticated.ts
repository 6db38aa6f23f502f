/** A stream whose client has logged in: it binds a resource (RFC 6120 s.7), or resumes a session that it had (XEP-0198 s.5). */
import type { Element } from 'ltx';
import { attribute, firstChild, NS, type Jid } from '@conclave/signaling';
import type { TokenIdentity } from '../../accounts/token/identity.js';
import { streamError } from '../../stream/stream-error.js';
import { bindResource, type Binder } from '../binding.js';
import { featuresXml, limitsFeatureXml } from '../features.js';
import { handleManagement } from '../stream-management.js';
import { Bound } from './bound.js';
import { Phase, type PhaseStream } from './phase.js';

/** Whose login it was, and what it rests on. */
export interface Login {
  readonly account: Jid;
  readonly identity: TokenIdentity | undefined;
  /** Whether what the client has logged in by is still good. */
  readonly isCurrent: () => boolean;
}

export class Authenticated extends Phase {
  readonly name = 'authenticated';

  constructor(
    stream: PhaseStream,
    private readonly login: Login,
  ) {
    super(stream);
    const { account } = login;
    const { transport, services, host } = stream;
    transport.admit(services.limits.authenticated, host.trusted ? undefined : services.limits.rate);
    stream.authenticated(account);
  }

  features(): string {
    const { host, transport, services } = this.stream;
    const more = host.streamFeatures.xml() + limitsFeatureXml(transport, services.limits.authenticated);
    return featuresXml({ phase: 'authenticated', more });
  }

  stanza(stanza: Element): void {
    const { stream } = this;
    const payload = firstChild(stanza);
    const binds = stanza.name === 'iq' && payload?.name === 'bind' && attribute(payload, 'xmlns') === NS.bind;
    if (!binds) {
      stream.fail(streamError('not-authorized'));
      return;
    }
    if (this.isOvertaken()) return;
    const { reply, session } = bindResource(this.binder(), stanza);
    if (session !== undefined) stream.host.hooks.emit('session-binding', session);
    stream.write(reply);
    if (session === undefined) return;
    this.attach(new Bound(stream, session), 'bound');
    stream.host.hooks.emit('session-bound', session);
  }

  override manage(element: Element): void {
    const { stream, login } = this;
    if (this.isOvertaken()) return;
    const { services } = stream;
    const reply = handleManagement(element, { services, session: undefined, account: login.account, stream });
    if (reply.error !== undefined) {
      stream.fail(reply.error);
      return;
    }
    if (reply.resumed !== undefined) this.attach(new Bound(stream, reply.resumed), 'resumed');
    for (const xml of reply.xml) stream.write(xml);
  }

  /** Ends the stream, as sessions of the account were ended, when the password has been changed since the login. */
  isOvertaken(): boolean {
    if (this.login.isCurrent()) return false;
    this.stream.fail(streamError('reset'));
    return true;
  }

  binder(): Binder {
    const { stream } = this;
    const { account, identity } = this.login;
    const { services, host, transport } = stream;
    const { address, parameters } = transport;
    return { services, account, host, stream, address, identity, parameters };
  }

  attach(bound: Bound, how: 'bound' | 'resumed'): void {
    const { session } = bound;
    // A newer token takes the place of the older one where it admits to the same.
    const [before, now] = [session.identity, this.login.identity];
    const sameRooms = now?.room === before?.room && now?.roomPattern === before?.roomPattern;
    if (how === 'resumed' && sameRooms) {
      session.identity = now ?? before;
    }
    this.stream.enter(bound);
    this.stream.log.info({ session: session.jid, transport: this.stream.transport.kind }, `session ${how}`);
  }
}
