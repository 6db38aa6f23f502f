/** What our presence tells the room beside the fact that we are there. */
import { type Element, NS, el } from '@conclave/signaling';
import { localSourceName } from '../jingle/answer-sdp.js';
import { capsElement } from './features.js';

export interface OwnPresence {
  readonly nick: string;
  readonly displayName: string;
  readonly audioMuted: boolean;
  readonly videoMuted: boolean;
}

/** The children of a presence to the room. The mute state of our sources stands nowhere else. */
export function presenceExtensions({ nick, displayName, audioMuted, videoMuted }: OwnPresence): Element[] {
  const sourceInfo = {
    [localSourceName(nick, 'audio')]: { muted: audioMuted },
    [localSourceName(nick, 'video')]: { muted: videoMuted, videoType: 'camera' },
  };
  return [
    capsElement(),
    ...(displayName === '' ? [] : [el('nick', { xmlns: NS.nick }, displayName)]),
    el('SourceInfo', {}, JSON.stringify(sourceInfo)),
  ];
}
