/** Which screen a moment of the meeting calls for, and what the window is called then. */
import type { ConferenceState, ConferenceStatus } from '@conclave/client';

export type Screen = 'pre-join' | 'connecting' | 'waiting' | 'password' | 'meeting' | 'ended';

export function screenOf(status: ConferenceStatus | undefined): Screen {
  switch (status?.kind) {
    case undefined:
      return 'pre-join';
    case 'connecting':
      return 'connecting';
    case 'waiting-for-host':
      return 'waiting';
    case 'password-required':
      return 'password';
    case 'joined':
      return 'meeting';
    case 'reconnecting':
      return screenOf(status.before);
    case 'left':
    case 'kicked':
    case 'ended':
    case 'failed':
      return 'ended';
  }
}

/** A key below `title` in the catalogues. */
export function titleKey(conference: ConferenceState | undefined, unread: number) {
  if (conference?.status.kind === 'reconnecting') return 'reconnecting';
  const screen = screenOf(conference?.status);
  if (screen === 'meeting' && unread > 0) return 'unread';
  return screen === 'pre-join' ? 'preJoin' : screen;
}
