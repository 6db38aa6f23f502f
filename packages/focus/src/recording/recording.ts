/**
 * One recording, live stream or SIP call by a recorder, as a state machine: a recorder is asked, has taken it on, is at work,
 * and it is over. One that fails is replaced by another for as long as attempts are left.
 */
import { el, encodeJibri, type Jibri, NS, type StanzaError, stanzaError } from '@conclave/signaling';
import type { XmppConnection } from '@conclave/xmpp-connection';
import type { Logger } from 'pino';
import type { Clock, Timer } from '../clock.js';
import type { Tally } from '../tally.js';
import type { Recorders } from './recorders.js';

/** `asking`: a recorder's consent is waited for. `ended` is final. */
type State = 'asking' | 'pending' | 'on' | 'ended';

export type RecordingKind = 'recording' | 'live_streaming' | 'sip';

export interface RecordingOptions {
  /** Further recorders that are asked when one fails. */
  readonly retries: number;
  /** How long a recorder that has taken it on may take to begin, in ms. */
  readonly pendingTimeoutMs: number;
}

export interface RecordingContext {
  readonly connection: XmppConnection;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tally: Tally;
  readonly recorders: Recorders;
  readonly options: RecordingOptions;
  /** Whether the recorder may give statistics to others. */
  readonly rtcStats: boolean;
  /** It has begun or is over; `initiator`: occupant JID of who wanted that. */
  readonly publish: (status: 'on' | 'off', details: { initiator?: string; failureReason?: string }) => void;
  readonly onEnded: () => void;
}

export class Recording {
  readonly sessionId: string;
  /** What was asked for, as the client put it. */
  readonly request: Jibri;
  readonly #context: RecordingContext;
  readonly #room: string;
  readonly #initiator: string;
  #state: State = 'asking';
  #recorder: string | undefined;
  #attempts = 0;
  #timer: Timer | undefined;

  constructor(
    identity: { sessionId: string; room: string; initiator: string },
    request: Jibri,
    context: RecordingContext,
  ) {
    this.sessionId = identity.sessionId;
    this.#room = identity.room;
    this.#initiator = identity.initiator;
    this.request = request;
    this.#context = context;
  }

  /** Finds a recorder that takes it on; answers why there is none. */
  async start(): Promise<StanzaError | undefined> {
    const error = await this.#find();
    if (error) this.#end();
    return error;
  }

  /** @param initiator occupant JID of who wants it to end; without one the conference is over */
  stop(initiator?: string): void {
    if (this.#state === 'ended') return;
    this.#release();
    this.#finish(initiator === undefined ? {} : { initiator });
  }

  /** What its recorder reports; what another one says is not about this. */
  report(recorder: string, { status, failureReason, shouldRetry }: Jibri): void {
    if (recorder !== this.#recorder || this.#state === 'asking' || this.#state === 'ended') return;
    if (status === 'on' && this.#state === 'pending') {
      this.#timer?.cancel();
      this.#state = 'on';
      this.#context.publish('on', { initiator: this.#initiator });
    } else if (status === 'off') {
      if (failureReason === undefined) this.#finish({});
      else this.#failed(failureReason, shouldRetry === true);
    }
  }

  /** A recorder has left the brewery. */
  recorderGone(recorder: string): void {
    if (recorder === this.#recorder && this.#state !== 'asking') this.#failed('error', true);
  }

  async #find(): Promise<StanzaError | undefined> {
    const { recorders, options, log } = this.#context;
    this.#state = 'asking';
    while (this.#attempts <= options.retries) {
      const recorder = recorders.select();
      if (recorder === undefined) {
        this.#context.tally.add('jibri_no_instance_failures');
        return recorders.size === 0
          ? stanzaError('service-unavailable', 'there is no recorder')
          : stanzaError('resource-constraint', 'all recorders are busy');
      }
      this.#attempts += 1;
      this.#recorder = recorder;
      const accepted = await this.#ask(recorder);
      if (this.#isOver()) return stanzaError('item-not-found', 'stopped meanwhile');
      if (accepted) {
        this.#state = 'pending';
        const { clock } = this.#context;
        this.#timer = clock.after(options.pendingTimeoutMs, () => this.#tooSlow());
        return undefined;
      }
      this.#countFailure();
      log.warn({ recorder }, 'recorder refused');
      recorders.failed(recorder);
    }
    return stanzaError('internal-server-error', 'no recorder could begin');
  }

  /** Read anew after a wait. */
  #isOver(): boolean {
    return this.#state === 'ended';
  }

  /** Whether the recorder has taken it on. */
  async #ask(recorder: string): Promise<boolean> {
    const outcome = await this.#send(recorder, {
      ...this.request,
      action: 'start',
      room: this.#room,
      ...(!this.#context.rtcStats && { rtcStats: false }),
      sessionId: this.sessionId,
    });
    const answer = outcome.kind === 'result' ? outcome.stanza.getChild('jibri', NS.jibri) : undefined;
    const accepted = answer?.attrs['status'] === 'pending';
    // It may begin after all, or has begun for somebody who no longer wants it.
    if (outcome.kind === 'timeout' || (accepted && this.#isOver()))
      void this.#send(recorder, this.#stopRequest);
    return accepted;
  }

  get #stopRequest(): Jibri {
    return { action: 'stop', sessionId: this.sessionId };
  }

  #send(recorder: string, jibri: Jibri) {
    return this.#context.connection.request(el('iq', { type: 'set', to: recorder }, encodeJibri(jibri)));
  }

  #tooSlow(): void {
    this.#context.log.warn({ recorder: this.#recorder }, 'recorder took too long to begin');
    this.#release();
    this.#failed('error', true);
  }

  #failed(failureReason: string, retry: boolean): void {
    if (this.#state === 'ended') return;
    const { recorders, log } = this.#context;
    log.warn({ recorder: this.#recorder, failureReason, retry }, 'recorder failed');
    this.#timer?.cancel();
    this.#countFailure();
    if (this.#recorder !== undefined) recorders.failed(this.#recorder);
    if (!retry) {
      this.#finish({ failureReason });
      return;
    }
    void this.#find().then((error) => {
      if (error) this.#finish({ failureReason });
    });
  }

  /** What it is, for statistics. */
  get kind(): RecordingKind {
    if (this.request.sipAddress !== undefined) return 'sip';
    return this.request.mode === 'stream' ? 'live_streaming' : 'recording';
  }

  get isOn(): boolean {
    return this.#state === 'on';
  }

  #countFailure(): void {
    this.#context.tally.add(`jibri_${this.kind}_failures`);
  }

  /** Tells the recorder to stop. */
  #release(): void {
    if (this.#recorder !== undefined && this.#state !== 'asking')
      void this.#send(this.#recorder, this.#stopRequest);
  }

  #finish(details: { initiator?: string; failureReason?: string }): void {
    if (this.#state === 'ended') return;
    this.#end();
    this.#context.publish('off', details);
  }

  #end(): void {
    // The address may be another's by now.
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#timer?.cancel();
    this.#context.onEnded();
  }
}
