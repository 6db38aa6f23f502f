/**
 * Mute requests (client contract 3.10): a moderator asks the focus to have a participant muted, and the focus asks that
 * participant's client. The bridge keeps nothing back unless the medium is moderated.
 */
import { attribute, el, type Element, firstChild, type StanzaError, stanzaError } from '@conclave/signaling';
import type { XmppConnection } from '@conclave/xmpp-connection';
import { MODERATED_MEDIA, type ModeratedMedium } from './av-moderation.js';
import type { Member } from './member.js';

/** Namespaces of the mute element. */
const NAMESPACES: Readonly<Record<ModeratedMedium, string>> = {
  audio: 'http://jitsi.org/jitmeet/audio',
  video: 'http://jitsi.org/jitmeet/video',
  desktop: 'http://jitsi.org/jitmeet/desktop',
};

export const MUTE_NAMESPACES: readonly string[] = Object.values(NAMESPACES);

export interface MuteRequest {
  readonly medium: ModeratedMedium;
  /** Occupant JID of whoever is to be muted or unmuted. */
  readonly target: string;
  readonly mute: boolean;
}

/** Reads `<mute xmlns jid>true</mute>` of an IQ; `undefined` when something is missing. */
export const decodeMute = (iq: Element): MuteRequest | undefined => {
  const element = firstChild(iq);
  const target = element && attribute(element, 'jid');
  const text = element?.getText().trim();
  const medium = MODERATED_MEDIA.find((each) => NAMESPACES[each] === element?.getNS());
  if (!medium || !target || (text !== 'true' && text !== 'false')) return undefined;
  return { medium, target, mute: text === 'true' };
};

/** Carries out the request of `muter`, or says why not. */
export const answerMute = (
  muter: Member,
  { medium, target, mute }: MuteRequest,
  members: ReadonlyMap<string, Member>,
  connection: XmppConnection,
): StanzaError | undefined => {
  const muted = [...members.values()].find((member) => member.occupant.jid === target);
  if (!muted?.participant || !muter.participant) {
    return stanzaError('item-not-found', 'no such participant');
  }
  if (muted === muter) {
    return !mute && muter.restricted.has(medium)
      ? stanzaError('not-allowed', 'a moderator must allow it')
      : undefined;
  }
  if (!mute) return stanzaError('not-allowed', 'only the participant itself may unmute');
  if (!muted.canBeMuted) return stanzaError('not-allowed', 'that one can not be muted');
  if (!muter.isModerator) return stanzaError('not-allowed', 'only moderators may mute others');
  orderMute(muted, medium, muter.occupant.jid, connection);
  return undefined;
};

/** Tells a client to mute itself. @param actor occupant JID of whoever wants it so */
export const orderMute = (
  { occupant }: Member,
  medium: ModeratedMedium,
  actor: string,
  connection: XmppConnection,
): void => {
  const order = el('mute', { xmlns: NAMESPACES[medium], actor }, 'true');
  // Jitsi's clients never answer this IQ.
  void connection.request(el('iq', { type: 'set', to: occupant.jid }, order));
};
