/** The life of a conference as a state machine: joining its room, waiting for members, running on a bridge, stopped. */

/** `stopped` is final: a later request makes a new conference. */
export type ConferenceState = 'joining' | 'waiting' | 'running' | 'stopped';

export type ConferenceEvent =
  /** The room is joined, configured and owned. */
  | 'joined'
  /** Enough members are there: the first of them is being invited. */
  | 'inviting'
  /** Nobody is invited any more; the members stay in the room. */
  | 'idle'
  /** The room is empty or lost, or the focus stops. */
  | 'stop';

const TRANSITIONS: Record<ConferenceState, Partial<Record<ConferenceEvent, ConferenceState>>> = {
  joining: { joined: 'waiting', stop: 'stopped' },
  waiting: { inviting: 'running', stop: 'stopped' },
  running: { idle: 'waiting', stop: 'stopped' },
  stopped: {},
};

/** The state after `event`; unchanged where the event means nothing. */
export const transition = (state: ConferenceState, event: ConferenceEvent): ConferenceState =>
  TRANSITIONS[state][event] ?? state;
