/** One Jingle session with a participant (XEP-0166): offered, answered, over. */

/** `pending` until the participant accepts; `ended` is final. */
export type JingleState = 'pending' | 'active' | 'ended';

export type JingleEvent = 'accept' | 'end';

const TRANSITIONS: Record<JingleState, Partial<Record<JingleEvent, JingleState>>> = {
  pending: { accept: 'active', end: 'ended' },
  active: { end: 'ended' },
  ended: {},
};

export class JingleSession {
  readonly sid: string;
  /** Nickname of the participant, its only legitimate correspondent. */
  readonly endpointId: string;
  /** The last restart of ICE that the participant was told of; 0 before the first. */
  iceGeneration = 0;
  #state: JingleState = 'pending';

  constructor(sid: string, endpointId: string) {
    this.sid = sid;
    this.endpointId = endpointId;
  }

  get state(): JingleState {
    return this.#state;
  }

  /** Moves on; says whether the event was legal in the present state. */
  on(event: JingleEvent): boolean {
    const next = TRANSITIONS[this.#state][event];
    if (!next) return false;
    this.#state = next;
    return true;
  }
}
