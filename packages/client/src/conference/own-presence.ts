/** What our presence tells the room beside the fact that we are there. */
import { type Element, NS, el } from '@conclave/signaling';
import { localSourceName } from '../jingle/answer-sdp.js';
import { capsElement } from './features.js';

export interface OwnPresence {
  readonly nick: string;
  readonly displayName: string;
  /** Undefined for who looks on: visitors have no sources. */
  readonly sources: { readonly audioMuted: boolean; readonly videoMuted: boolean } | undefined;
  /** Since when a hand is raised, in milliseconds since the epoch. */
  readonly handRaisedAt: number | undefined;
}

/** The children of a presence to the room. The mute state of our sources stands nowhere else. */
export function presenceExtensions({ nick, displayName, sources, handRaisedAt }: OwnPresence): Element[] {
  const sourceInfo = sources && {
    [localSourceName(nick, 'audio')]: { muted: sources.audioMuted },
    [localSourceName(nick, 'video')]: { muted: sources.videoMuted, videoType: 'camera' },
  };
  return [
    capsElement(),
    ...(displayName === '' ? [] : [el('nick', { xmlns: NS.nick }, displayName)]),
    ...(sourceInfo ? [el('SourceInfo', {}, JSON.stringify(sourceInfo))] : []),
    ...(handRaisedAt === undefined ? [] : [el('jitsi_participant_raisedHand', {}, String(handRaisedAt))]),
  ];
}
