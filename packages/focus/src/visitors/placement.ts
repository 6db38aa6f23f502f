/**
 * Who is to take part and who is to look on (focus reference 6.7): what a request says of its sender, and how the conference is,
 * make one of three answers.
 */
import { z } from 'zod';
import type { RoomMetadata } from '../conference/room-metadata.js';

/** What a conference request says of who asks. Nothing of it is verified: it decides where somebody is sent, not who gets in. */
export interface PlacementRequest {
  /** The client understands that it is sent elsewhere. */
  readonly understands: boolean;
  /** It wants to look on. */
  readonly wantsToLook: boolean;
  /** The user and the group that its token names. */
  readonly ids: readonly string[];
  /** Who it is in whose name the conference was opened, or asks to be. */
  readonly opened: boolean;
}

export interface PlacementRules {
  readonly maxParticipants: number;
  /** Only rooms that say so have visitors. */
  readonly onlyWhereRoomsSaySo: boolean;
  /** Rooms may make visitors wait until they go live. */
  readonly liveRooms: boolean;
}

export interface PlacementState {
  readonly metadata: RoomMetadata;
  /** It is a breakout room. */
  readonly isBreakout: boolean;
  /** It has visitors already. */
  readonly hasNodes: boolean;
  /** People who take part. */
  readonly people: number;
}

/** `wait`: to look on, once the room goes live. */
export type Placement = 'take part' | 'look on' | 'wait';

export const placementOf = (
  { understands, wantsToLook, ids, opened }: PlacementRequest,
  { metadata, isBreakout, hasNodes, people }: PlacementState,
  { maxParticipants, onlyWhereRoomsSaySo, liveRooms }: PlacementRules,
): Placement => {
  const { lobby, visitors, participants, moderators, softLimit, live } = metadata;
  const isListed = opened || ids.some((id) => moderators.includes(id) || participants?.includes(id) === true);
  if (!understands || isBreakout || lobby || (isListed && !wantsToLook)) return 'take part';
  if (visitors === false || (onlyWhereRoomsSaySo && visitors !== true)) return 'take part';
  const isUninvited = participants !== undefined;
  if (liveRooms && live === false && (wantsToLook || isUninvited)) return 'wait';
  const isFull = people >= (softLimit > 0 ? softLimit : maxParticipants);
  return hasNodes || wantsToLook || isUninvited || isFull ? 'look on' : 'take part';
};

const claims = z.object({
  context: z.object({
    user: z.object({ id: z.string() }).optional().catch(undefined),
    group: z.string().optional().catch(undefined),
  }),
});

/** The user and group that a token names, without looking whether it is genuine. */
export const idsIn = (token: string | undefined): readonly string[] => {
  const [, payload = ''] = (token ?? '').split('.');
  try {
    const json: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const { context } = claims.parse(json);
    return [context.user?.id, context.group].filter((id) => id !== undefined);
  } catch {
    return [];
  }
};
