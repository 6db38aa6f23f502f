/**
 * A/V moderation as the focus enforces it (Jitsi's `av_moderation`): while a medium is moderated, only moderators and those on
 * its list may send it. The component of the XMPP server decides; others are muted by their clients and at the bridge.
 */
import type { ForceMute } from '@conclave/signaling';
import { z } from 'zod';

export const MODERATED_MEDIA = ['audio', 'video', 'desktop'] as const;
export type ModeratedMedium = (typeof MODERATED_MEDIA)[number];

const medium = z.string().toLowerCase().pipe(z.enum(MODERATED_MEDIA));

/** What the component says: that a medium is moderated from now on or no more, or who may send which. */
const notice = z.object({
  type: z.literal('av_moderation'),
  /** Bare JID of the room. */
  room: z.string(),
  enabled: z.boolean().optional(),
  mediaType: medium.optional(),
  /** Occupant JID of the moderator who wants it so. */
  actor: z.string().optional(),
  /** Occupant JIDs by medium; media without a list have an empty one. */
  whitelists: z.partialRecord(medium, z.array(z.string())).optional(),
});

export type ModerationNotice = z.output<typeof notice>;

/** `undefined`: it is not such a notice. */
export const readModerationNotice = (json: unknown): ModerationNotice | undefined =>
  notice.safeParse(json).data;

/** A member, as far as moderation goes. */
interface Sender {
  readonly isModerator: boolean;
  /** By its occupant JID. */
  readonly occupant: { readonly jid: string };
}

export class AvModeration {
  /** Occupant JIDs, by moderated medium. */
  readonly #lists = new Map<ModeratedMedium, ReadonlySet<string>>();

  apply({ enabled, mediaType, whitelists }: ModerationNotice): void {
    if (enabled === false && mediaType) this.#lists.delete(mediaType);
    if (enabled && mediaType && !this.#lists.has(mediaType)) this.#lists.set(mediaType, new Set());
    if (!whitelists) return;
    for (const each of this.#lists.keys()) this.#lists.set(each, new Set(whitelists[each]));
  }

  /** Media that a member may not send. */
  restrictionsOf({ isModerator, occupant }: Sender): ReadonlySet<ModeratedMedium> {
    if (isModerator || this.#lists.size === 0) return NOTHING;
    return new Set([...this.#lists.keys()].filter((each) => !this.#lists.get(each)?.has(occupant.jid)));
  }
}

const NOTHING: ReadonlySet<ModeratedMedium> = new Set();

/** What the bridge keeps back for these restrictions. Camera and desktop are one to it, so both must be forbidden. */
export const forceMuteOf = (restricted: ReadonlySet<ModeratedMedium>): ForceMute => ({
  audio: restricted.has('audio'),
  video: restricted.has('video') && restricted.has('desktop'),
});
