/**
 * Mute requests (client contract 3.10): a moderator asks the focus to have a participant muted, and the focus asks that
 * participant's client. Without A/V moderation nothing is enforced at the bridge.
 */
import { attribute, el, type Element, firstChild, type StanzaError, stanzaError } from '@conclave/signaling';
import type { XmppConnection } from '@conclave/xmpp-connection';
import type { Member } from './member.js';

/** What can be muted, by the namespace of the mute element. */
export const MUTE_NAMESPACES = [
  'http://jitsi.org/jitmeet/audio',
  'http://jitsi.org/jitmeet/video',
  'http://jitsi.org/jitmeet/desktop',
] as const;

export interface MuteRequest {
  readonly xmlns: string;
  /** Occupant JID of whoever is to be muted or unmuted. */
  readonly target: string;
  readonly mute: boolean;
}

/** Reads `<mute xmlns jid>true</mute>` of an IQ; `undefined` when something is missing. */
export const decodeMute = (iq: Element): MuteRequest | undefined => {
  const element = firstChild(iq);
  const target = element && attribute(element, 'jid');
  const text = element?.getText().trim();
  if (!element || !target || (text !== 'true' && text !== 'false')) return undefined;
  return { xmlns: element.getNS() ?? '', target, mute: text === 'true' };
};

/** Carries out the request of `muter`, or says why not. */
export const answerMute = (
  muter: Member,
  { xmlns, target, mute }: MuteRequest,
  members: ReadonlyMap<string, Member>,
  connection: XmppConnection,
): StanzaError | undefined => {
  const muted = [...members.values()].find((member) => member.occupant.jid === target);
  if (!muted?.participant || !muter.participant) {
    return stanzaError('item-not-found', 'no such participant');
  }
  if (muted === muter) return undefined;
  if (!mute) return stanzaError('not-allowed', 'only the participant itself may unmute');
  if (!muter.isModerator) return stanzaError('not-allowed', 'only moderators may mute others');
  const order = el('mute', { xmlns, actor: muter.occupant.jid }, 'true');
  // Jitsi's clients never answer this IQ.
  void connection.request(el('iq', { type: 'set', to: muted.occupant.jid }, order));
  return undefined;
};
