/** Where a participant stands on the way into, in and out of a conference, and the one function that moves it. */

/** Stable codes of what ends an attempt for good; the handbook explains each. */
export type ConferenceErrorCode =
  | 'server-unreachable'
  | 'server-refused'
  | 'connection-ended'
  | 'conference-refused'
  | 'room-full'
  | 'members-only'
  | 'banned'
  | 'join-refused';

export interface ConferenceError {
  readonly code: ConferenceErrorCode;
  /** What the server said about it, if anything. */
  readonly text?: string;
}

/** Where the way goes on when a broken connection is resumed. */
type Interruptible =
  | { readonly kind: 'waiting-for-host' }
  /** `wrong`: the password that was given did not fit. */
  | { readonly kind: 'password-required'; readonly wrong: boolean }
  | { readonly kind: 'joined' };

export type ConferenceStatus =
  | { readonly kind: 'connecting' }
  | Interruptible
  | { readonly kind: 'reconnecting'; readonly before: Interruptible }
  | { readonly kind: 'left' }
  /** Put out by a moderator. */
  | { readonly kind: 'kicked'; readonly by?: string; readonly reason?: string }
  /** The room was closed. */
  | { readonly kind: 'ended'; readonly reason?: string }
  | { readonly kind: 'failed'; readonly error: ConferenceError };

export type ConferenceEvent =
  /** The focus does not open the room before a host is there. */
  | { readonly kind: 'host-missing' }
  | { readonly kind: 'password-needed'; readonly wrong: boolean }
  | { readonly kind: 'password-given' }
  | { readonly kind: 'entered' }
  | { readonly kind: 'connection-lost' }
  | { readonly kind: 'connection-resumed' }
  | { readonly kind: 'focus-left' }
  /** On the way to a visitor node, or from there into the conference. */
  | { readonly kind: 'moving' }
  | { readonly kind: 'left' }
  | { readonly kind: 'kicked'; readonly by?: string; readonly reason?: string }
  | { readonly kind: 'destroyed'; readonly reason?: string }
  | { readonly kind: 'failed'; readonly error: ConferenceError };

/** From a final status nothing leads anywhere: who wants in again joins anew. */
export function isFinal(status: ConferenceStatus): boolean {
  return ['left', 'kicked', 'ended', 'failed'].includes(status.kind);
}

export function transition(status: ConferenceStatus, event: ConferenceEvent): ConferenceStatus {
  if (isFinal(status)) return status;
  switch (event.kind) {
    case 'host-missing':
      return status.kind === 'waiting-for-host' ? status : { kind: 'waiting-for-host' };
    case 'password-needed':
      return { kind: 'password-required', wrong: event.wrong };
    case 'password-given':
      return status.kind === 'password-required' ? { kind: 'connecting' } : status;
    case 'entered':
      return { kind: 'joined' };
    case 'connection-lost':
      return status.kind === 'connecting' || status.kind === 'reconnecting'
        ? status
        : { kind: 'reconnecting', before: status as Interruptible };
    case 'focus-left':
      return status.kind === 'joined' ? { kind: 'reconnecting', before: status } : status;
    case 'moving':
      return { kind: 'connecting' };
    case 'connection-resumed':
      return status.kind === 'reconnecting' ? status.before : status;
    case 'left':
      return { kind: 'left' };
    case 'kicked': {
      const { by, reason } = event;
      return { kind: 'kicked', ...(by !== undefined && { by }), ...(reason !== undefined && { reason }) };
    }
    case 'destroyed':
      return { kind: 'ended', ...(event.reason !== undefined && { reason: event.reason }) };
    case 'failed':
      return { kind: 'failed', error: event.error };
  }
}
