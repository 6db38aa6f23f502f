/** What the focus heeds of a room's metadata (Jitsi's `room_metadata`): who starts muted, and who takes part or looks on. */
import { z } from 'zod';

const ids = z.array(z.string()).optional().catch(undefined);

const notice = z.object({
  type: z.literal('room_metadata'),
  metadata: z.object({
    startMuted: z
      .object({ audio: z.boolean().default(false), video: z.boolean().default(false) })
      .optional()
      .catch(undefined),
    lobbyEnabled: z.boolean().optional().catch(undefined),
    visitorsEnabled: z.boolean().optional().catch(undefined),
    participantsSoftLimit: z.number().optional().catch(undefined),
    moderators: ids,
    participants: ids,
    visitors: z.object({ live: z.boolean().optional() }).optional().catch(undefined),
  }),
});

export interface RoomMetadata {
  /** Media without which newcomers start. */
  readonly startMuted: { readonly audio: boolean; readonly video: boolean };
  /** People wait to be let in. */
  readonly lobby: boolean;
  /** Whether the room may have visitors; undefined: it does not say. */
  readonly visitors: boolean | undefined;
  /** People who may take part before others look on; 0: as the focus has it. */
  readonly softLimit: number;
  /** Ids of users or groups that take part. */
  readonly moderators: readonly string[];
  /** The same; undefined: the room is open to everybody. */
  readonly participants: readonly string[] | undefined;
  /** False: visitors wait for it to go live. */
  readonly live: boolean | undefined;
}

export const NO_METADATA: RoomMetadata = {
  startMuted: { audio: false, video: false },
  lobby: false,
  visitors: undefined,
  softLimit: 0,
  moderators: [],
  participants: undefined,
  live: undefined,
};

/** The metadata after a notice; some of what it does not say stays. `undefined`: it is not such a notice. */
export const readMetadata = (json: unknown, before: RoomMetadata): RoomMetadata | undefined => {
  const read = notice.safeParse(json).data?.metadata;
  return (
    read && {
      startMuted: read.startMuted ?? before.startMuted,
      lobby: read.lobbyEnabled ?? false,
      visitors: read.visitorsEnabled ?? before.visitors,
      softLimit: read.participantsSoftLimit ?? before.softLimit,
      moderators: read.moderators ?? [],
      participants: read.participants,
      live: read.visitors?.live,
    }
  );
};
