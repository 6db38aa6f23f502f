/** The recordings of one conference: at most one recording or live stream, and a SIP call to each address. */
import {
  type Element,
  encodeJibri,
  encodeRecordingNotice,
  encodeSipCallNotice,
  type Jibri,
  type StanzaError,
  stanzaError,
} from '@conclave/signaling';
import type { Member } from '../conference/member.js';
import type { ConferencePart } from '../conference/part.js';
import { Recording, type RecordingContext, type RecordingKind } from './recording.js';

export interface RecordingsContext extends Omit<RecordingContext, 'publish' | 'onEnded'> {
  readonly room: string;
  readonly newSessionId: () => string;
  /** Puts a notice into the presence of the focus in place of the last one of that name. */
  readonly publish: (name: string, notice: Element) => void;
}

export class Recordings implements ConferencePart {
  readonly #context: RecordingsContext;
  /** By SIP address; recordings and streams under none. */
  readonly #byAddress = new Map<string | undefined, Recording>();

  constructor(context: RecordingsContext) {
    this.#context = context;
  }

  /** Answers what a member asks: the payload of a result, or why not. */
  answer(member: Member, request: Jibri): Element | StanzaError | Promise<Element | StanzaError> {
    if (!member.isModerator) return stanzaError('not-allowed', 'only moderators may record');
    if (request.action === undefined) return stanzaError('bad-request', 'no action');
    return request.action === 'start' ? this.#start(member, request) : this.#stop(member, request);
  }

  /** What is going on. */
  get running(): RecordingKind[] {
    return [...this.#byAddress.values()].filter(({ isOn }) => isOn).map(({ kind }) => kind);
  }

  /** A recorder tells how it goes with one of these; answers whether it is one. */
  report(recorder: string, report: Jibri): boolean {
    const recording = [...this.#byAddress.values()].find(({ sessionId }) => sessionId === report.sessionId);
    recording?.report(recorder, report);
    return recording !== undefined;
  }

  recorderGone(recorder: string): void {
    for (const recording of [...this.#byAddress.values()]) recording.recorderGone(recorder);
  }

  stopped(): void {
    for (const recording of [...this.#byAddress.values()]) recording.stop();
  }

  async #start(member: Member, request: Jibri): Promise<Element | StanzaError> {
    const { sipAddress, streamId } = request;
    if (sipAddress === undefined) {
      if (request.mode === undefined) return stanzaError('bad-request', 'no recording mode');
      if ((request.mode === 'stream') !== (streamId !== undefined)) {
        return stanzaError('bad-request', 'a stream id belongs to a stream, and to nothing else');
      }
    }
    if (this.#byAddress.has(sipAddress)) return stanzaError('unexpected-request', 'it is under way already');
    const { room, newSessionId, publish, ...context } = this.#context;
    const sessionId = newSessionId();
    const recording = new Recording({ sessionId, room, initiator: member.occupant.jid }, request, {
      ...context,
      publish: (status, details) => {
        const notice = { status, sessionId, ...details };
        if (sipAddress !== undefined)
          publish('jibri-sip-call-state', encodeSipCallNotice({ ...notice, sipAddress }));
        else
          publish(
            'jibri-recording-status',
            encodeRecordingNotice({ ...notice, mode: request.mode ?? 'file' }),
          );
      },
      onEnded: () => this.#byAddress.delete(sipAddress),
    });
    this.#byAddress.set(sipAddress, recording);
    const error = await recording.start();
    return (
      error ?? encodeJibri({ status: 'pending', sessionId, ...(request.mode && { mode: request.mode }) })
    );
  }

  #stop(member: Member, { sipAddress, sessionId }: Jibri): Element | StanzaError {
    const recording = this.#byAddress.get(sipAddress);
    if (!recording || (sessionId !== undefined && sessionId !== recording.sessionId)) {
      return stanzaError('item-not-found', 'nothing is recorded');
    }
    recording.stop(member.occupant.jid);
    return encodeJibri({ status: 'off', sessionId: recording.sessionId });
  }
}
