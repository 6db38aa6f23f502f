/** What the focus heeds of a room's metadata (Jitsi's `room_metadata`): who starts muted. */
import { z } from 'zod';

const notice = z.object({
  type: z.literal('room_metadata'),
  metadata: z.object({
    startMuted: z
      .object({ audio: z.boolean().default(false), video: z.boolean().default(false) })
      .optional()
      .catch(undefined),
  }),
});

export interface RoomMetadata {
  /** Media without which newcomers start. */
  readonly startMuted: { readonly audio: boolean; readonly video: boolean };
}

export const NO_METADATA: RoomMetadata = { startMuted: { audio: false, video: false } };

/** The metadata after a notice; what it does not say stays. `undefined`: it is not such a notice. */
export const readMetadata = (json: unknown, before: RoomMetadata): RoomMetadata | undefined => {
  const read = notice.safeParse(json).data?.metadata;
  return read && { startMuted: read.startMuted ?? before.startMuted };
};
