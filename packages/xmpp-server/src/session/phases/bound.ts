/** A stream with a session: stanzas go their way, acknowledgements are asked for (XEP-0198), and a silent peer is provoked to answer. */
import type { Element } from 'ltx';
import { attribute, NS, tryParseJid } from '@conclave/signaling';
import { streamError } from '../../stream/stream-error.js';
import { featuresXml, limitsFeatureXml } from '../features.js';
import type { Session } from '../session.js';
import { handleManagement } from '../stream-management.js';
import { Phase, type PhaseStream } from './phase.js';

const ackRequest = `<r xmlns="${NS.streamManagement}"/>`;

export class Bound extends Phase {
  readonly name = 'bound';
  override readonly session: Session;
  readonly #liveness: NodeJS.Timeout;
  #awaitsAck = false;
  /** When acknowledgements may first be asked for, in milliseconds since the epoch. */
  #acksFrom = 0;

  /** @param managed whether stream management was enabled just now */
  constructor(stream: PhaseStream, session: Session, managed = false) {
    super(stream);
    this.session = session;
    if (managed) this.#delayAcks();
    this.#liveness = setInterval(() => this.#checkLiveness(), stream.services.limits.idleTimeout / 2);
    this.#liveness.unref();
  }

  features(): string {
    const { host, transport, services } = this.stream;
    const more = host.streamFeatures.xml() + limitsFeatureXml(transport, services.limits.authenticated);
    return featuresXml({ phase: 'bound', more });
  }

  stanza(stanza: Element): void {
    const { session } = this;
    const from = attribute(stanza, 'from');
    if (from !== undefined) {
      const claimed = tryParseJid(from);
      if (claimed?.equals(session.jid) !== true && claimed?.equals(session.jid.bare) !== true) {
        this.stream.fail(streamError('invalid-from'));
        return;
      }
    }
    stanza.attrs['from'] = session.jid.toString();
    session.countHandled();
    this.stream.services.stanzas.accept(session, stanza);
  }

  override manage(element: Element): void {
    const { stream, session } = this;
    const { services } = stream;
    const reply = handleManagement(element, { services, session, account: undefined, stream });
    if (reply.acknowledged === true) this.#awaitsAck = false;
    if (reply.enabled === true) this.#delayAcks();
    if (reply.error === undefined) for (const xml of reply.xml) stream.write(xml);
    else stream.fail(reply.error);
  }

  override extension(element: Element): boolean {
    const { session } = this;
    return this.stream.host.hooks.emit('stream-element', { session, element }) === true;
  }

  /** Asks for an acknowledgement behind what goes out now, unless one is due already (XEP-0198 s.4). */
  override flushing(): void {
    if (this.#awaitsAck || !this.session.hasUnacked || Date.now() < this.#acksFrom) return;
    this.#awaitsAck = true;
    this.stream.write(ackRequest);
  }

  override leave(): void {
    clearInterval(this.#liveness);
  }

  #delayAcks(): void {
    this.#acksFrom = Date.now() + this.stream.services.limits.ackDelay;
  }

  /** When a peer that was provoked stays silent, its connection is as good as gone. */
  #checkLiveness(): void {
    const { transport, services } = this.stream;
    const silent = Date.now() - transport.lastReceived;
    const { idleTimeout } = services.limits;
    if (silent < idleTimeout) return;
    const answers = transport.kind === 'websocket' || this.session.managed;
    if (answers && silent >= idleTimeout * 2) transport.destroy();
    else if (this.session.managed) transport.write(ackRequest);
    else transport.probe();
  }
}
