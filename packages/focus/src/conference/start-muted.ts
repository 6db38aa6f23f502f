/** Who starts muted: newcomers where there are many or where the room wants it, and whoever may not send (client contract 2.1). */
import type { ConferenceWishes } from '../request/conference-request.js';
import type { ModeratedMedium } from './av-moderation.js';
import { NO_METADATA, type RoomMetadata } from './room-metadata.js';

export interface SenderThresholds {
  readonly maxAudioSenders: number;
  readonly maxVideoSenders: number;
}

export interface Newcomer {
  /** Participants, this one included. */
  readonly count: number;
  /** It has had no session in this conference before. */
  readonly isNew: boolean;
  readonly restricted: ReadonlySet<ModeratedMedium>;
}

export const startMuted = (
  { count, isNew, restricted }: Newcomer,
  { maxAudioSenders, maxVideoSenders }: SenderThresholds,
  { startAudioMuted = Infinity, startVideoMuted = Infinity }: ConferenceWishes,
  metadata: RoomMetadata,
): { audio: boolean; video: boolean } => {
  const wanted = isNew ? metadata.startMuted : NO_METADATA.startMuted;
  return {
    audio: restricted.has('audio') || wanted.audio || count > Math.min(maxAudioSenders, startAudioMuted),
    video: restricted.has('video') || wanted.video || count > Math.min(maxVideoSenders, startVideoMuted),
  };
};
