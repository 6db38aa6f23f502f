/** Who starts muted: in a large conference the newcomers (client contract 2.1). */
import type { ConferenceWishes } from '../request/conference-request.js';

export interface SenderThresholds {
  readonly maxAudioSenders: number;
  readonly maxVideoSenders: number;
}

/** `count` is the number of participants, the one in question included. */
export const startMuted = (
  count: number,
  { maxAudioSenders, maxVideoSenders }: SenderThresholds,
  { startAudioMuted = Infinity, startVideoMuted = Infinity }: ConferenceWishes,
): { audio: boolean; video: boolean } => ({
  audio: count > Math.min(maxAudioSenders, startAudioMuted),
  video: count > Math.min(maxVideoSenders, startVideoMuted),
});
