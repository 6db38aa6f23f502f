/**
 * Who sends: members say in presence which of their sources are muted (`SourceInfo`, client contract 3.5; older clients say it of each
 * medium), and a conference may limit how many send at the same time.
 */
import type { Element, MediaType } from '@conclave/signaling';
import { z } from 'zod';
import { MEDIA_TYPES } from './source-set.js';
import type { SenderThresholds } from './start-muted.js';

const sourceInfo = z.record(
  z.string(),
  z.looseObject({ muted: z.boolean().default(true), mediaType: z.string().optional() }),
);

/** The media in which a presence says that something is not muted; nothing where it can not be read. */
export const sendingMedia = (presence: Element): ReadonlySet<MediaType> => {
  const said = presence.getChildText('SourceInfo');
  if (said === null) {
    return new Set(MEDIA_TYPES.filter((media) => presence.getChildText(`${media}muted`) === 'false'));
  }
  const info = sourceInfo.safeParse(parseJson(said));
  if (!info.success) return new Set();
  const unmuted = Object.entries(info.data).filter(([, { muted }]) => !muted);
  return new Set(unmuted.flatMap(([name, { mediaType }]) => mediaOf(name, mediaType) ?? []));
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Said, or told by the letter after the dash in the name: `<endpoint>-a0`, `<endpoint>-v1`. */
const mediaOf = (name: string, said: string | undefined): MediaType | undefined => {
  const media = said?.toLowerCase();
  if (media !== undefined) return MEDIA_TYPES.find((each) => each === media);
  const letter = name[name.indexOf('-') + 1];
  return MEDIA_TYPES.find((each) => each.startsWith(letter ?? '?'));
};

/** Media of which there are as many senders as there may be. */
export const exhaustedMedia = (
  members: Iterable<{ readonly sending: ReadonlySet<MediaType> }>,
  { maxAudioSenders, maxVideoSenders }: SenderThresholds,
): ReadonlySet<MediaType> => {
  const senders = { audio: 0, video: 0 };
  for (const { sending } of members) for (const media of sending) senders[media] += 1;
  const limits = { audio: maxAudioSenders, video: maxVideoSenders };
  return new Set(MEDIA_TYPES.filter((media) => senders[media] >= limits[media]));
};
