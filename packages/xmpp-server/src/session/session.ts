/** A bound session (RFC 6120 s.7): the address that stanzas are sent to. It outlives its connection when it is resumable (XEP-0198). */
import type { Element } from 'ltx';
import { NS, type Jid } from '@conclave/signaling';
import { addressedXml, stanzaXml } from '../stream/serialize.js';
import { streamError, type StreamError, type StreamErrorCondition } from '../stream/stream-error.js';
import { AckQueue } from './ack-queue.js';
import type { TokenIdentity } from '../accounts/token/identity.js';
import type { ClaimedConference, ClientSession, SerializedStanza } from './client-session.js';
import { HeldStanzas } from './held-stanzas.js';

/** The connection that a session is attached to. */
export interface SessionStream {
  write(xml: string): void;
  /** Ends the stream; the session has nothing to do with it any more. */
  end(error: StreamError | undefined): void;
}

/** Where a session is: `attached` to a stream, `hibernating` without one, or `ended` for good. */
type State =
  | { readonly name: 'attached'; readonly stream: SessionStream }
  | { readonly name: 'hibernating'; readonly timer: NodeJS.Timeout }
  | { readonly name: 'ended' };

/** Stream management of a session (XEP-0198), once it has been enabled. */
interface Management {
  readonly queue: AckQueue;
  /** Stanzas from the client that were handled, modulo 2^32. */
  handled: number;
  /** What the client names to resume; undefined: it did not ask to. */
  readonly id: string | undefined;
}

export interface SessionOptions {
  readonly jid: Jid;
  readonly anonymous: boolean;
  readonly identity?: TokenIdentity | undefined;
  readonly conference?: ClaimedConference;
  readonly hibernation: number;
  readonly unackedStanzas: number;
  readonly unackedBytes: number;
  /** Called once, when the session has ended for good. @param reason why, for the log */
  readonly onEnd: (session: Session, reason: string) => void;
}

export class Session implements ClientSession {
  readonly jid: Jid;
  readonly anonymous: boolean;
  /** Addresses that got directed available presence, and will learn when the session ends (RFC 6121 s.4.6). */
  readonly directedPresence = new Set<string>();
  identity: TokenIdentity | undefined;
  readonly conference: ClaimedConference | undefined;
  /** Another session has been bound to its address. */
  superseded = false;
  presence: Element | undefined;
  priority: number | undefined;
  readonly #options: SessionOptions;
  readonly #toAttribute: string;
  #state: State;
  #management: Management | undefined;
  #held: HeldStanzas | undefined;

  constructor(stream: SessionStream, options: SessionOptions) {
    this.jid = options.jid;
    this.anonymous = options.anonymous;
    this.identity = options.identity;
    this.conference = options.conference;
    this.#options = options;
    this.#state = { name: 'attached', stream };
    this.#toAttribute = ` to="${escapeAttribute(options.jid.toString())}"`;
  }

  get state(): State['name'] {
    return this.#state.name;
  }

  get isAsleep(): boolean {
    return this.#state.name === 'hibernating';
  }

  get resumptionId(): string | undefined {
    return this.#management?.id;
  }

  get managed(): boolean {
    return this.#management !== undefined;
  }

  /** Stanzas handled so far, as `<a/>` reports them. */
  get handled(): number {
    return this.#management?.handled ?? 0;
  }

  get sent(): number {
    return this.#management?.queue.sent ?? 0;
  }

  get hasUnacked(): boolean {
    return this.#management !== undefined && !this.#management.queue.isEmpty;
  }

  /** What the client never acknowledged, oldest first. */
  get unacked(): readonly string[] {
    return this.#management === undefined ? [] : Array.from(this.#management.queue, ({ xml }) => xml);
  }

  renewPresence(stanza: Element): void {
    if (this.presence !== undefined) this.presence = stanza;
  }

  send(stanza: Element): void {
    this.#send(stanzaXml(stanza));
  }

  sendSerialized(stanza: SerializedStanza): void {
    this.#send(addressedXml(stanza, this.#toAttribute));
  }

  hold(canWait: ((xml: string) => boolean) | undefined): void {
    this.releaseHeld();
    this.#held = canWait === undefined ? undefined : new HeldStanzas(canWait);
  }

  releaseHeld(): void {
    for (const xml of this.#held?.release() ?? []) this.#deliver(xml);
  }

  close(condition: StreamErrorCondition, text?: string): void {
    this.end(streamError(condition, text));
  }

  /** Ends the session in favour of another at its address (RFC 6120 s.7.7.2.2). */
  supersede(): void {
    this.superseded = true;
    this.close('conflict', 'Replaced by a new connection');
  }

  /** Ends the session for good, and its stream if it has one. @param reason why, for the log */
  end(error?: StreamError, reason: string = error?.text ?? error?.condition ?? 'closed by the client'): void {
    this.hold(undefined);
    const state = this.#state;
    if (state.name === 'ended') return;
    this.#state = { name: 'ended' };
    if (state.name === 'hibernating') clearTimeout(state.timer);
    else state.stream.end(error);
    this.#options.onEnd(this, reason);
  }

  /** Starts counting and keeping stanzas. @param id for resumption */
  manage(id: string | undefined): void {
    const { unackedStanzas, unackedBytes } = this.#options;
    this.#management = {
      queue: new AckQueue({ stanzas: unackedStanzas, bytes: unackedBytes }),
      handled: 0,
      id,
    };
  }

  countHandled(): void {
    if (this.#management !== undefined) this.#management.handled = (this.#management.handled + 1) % 2 ** 32;
  }

  /** @returns false when the client cannot have handled that many */
  acknowledge(h: number): boolean {
    return this.#management?.queue.acknowledge(h) ?? false;
  }

  /** The session's connection is gone: it waits to be resumed if it can be, else it ends. */
  lose(stream: SessionStream): void {
    if (this.#state.name !== 'attached' || this.#state.stream !== stream) return;
    // What it held is among what it has to get later; and a client that comes back is being looked at.
    this.hold(undefined);
    if (this.#management?.id === undefined || !this.#management.queue.complete) {
      this.end(undefined, 'connection lost');
      return;
    }
    const timer = setTimeout(() => this.end(undefined, 'not resumed in time'), this.#options.hibernation);
    timer.unref();
    this.#state = { name: 'hibernating', timer };
  }

  /**
   * Moves the session to another stream, which takes over whatever the client says it has not handled.
   * @returns what to send again, or undefined when `h` cannot be: the session stays as it is then
   */
  resume(stream: SessionStream, h: number): readonly string[] | undefined {
    const state = this.#state;
    const management = this.#management;
    if (state.name === 'ended' || management === undefined) return undefined;
    if (!management.queue.acknowledge(h) || !management.queue.complete) return undefined;
    this.hold(undefined);
    if (state.name === 'hibernating') clearTimeout(state.timer);
    else state.stream.end(streamError('conflict', 'Resumed on another connection'));
    this.#state = { name: 'attached', stream };
    return Array.from(management.queue, ({ xml, sentAt }) => delayed(xml, sentAt));
  }

  #send(xml: string): void {
    if (this.#held === undefined) this.#deliver(xml);
    else for (const due of this.#held.add(xml)) this.#deliver(due);
  }

  #deliver(xml: string): void {
    const state = this.#state;
    if (state.name === 'ended') return;
    const queue = this.#management?.queue;
    queue?.push({ xml, sentAt: Date.now() });
    if (state.name === 'attached') state.stream.write(xml);
    // Nothing can acknowledge what a hibernating session loses, so it could never be resumed.
    else if (queue?.complete === false) this.end(undefined, 'too much to keep until it is resumed');
  }
}

function escapeAttribute(text: string): string {
  const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => escapes[character] ?? character);
}

/** Says in a message that comes late when it was meant to come (XEP-0203). */
function delayed(xml: string, sentAt: number): string {
  const end = '</message>';
  if (!xml.startsWith('<message') || !xml.endsWith(end) || xml.includes(`xmlns="${NS.delay}"`)) return xml;
  const stamp = new Date(sentAt).toISOString();
  return `${xml.slice(0, -end.length)}<delay xmlns="${NS.delay}" stamp="${stamp}"/>${end}`;
}
