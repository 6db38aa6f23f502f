/** Mediated invitations (XEP-0045 s.7.8.2): the room asks somebody in on behalf of an occupant, and carries a refusal back. */
import {
  type Affiliation,
  attribute,
  childElements,
  type Element,
  el,
  type Jid,
  NS,
  type StanzaError,
  stanzaError,
  tryParseJid,
} from '@conclave/signaling';
import type { Handled } from '../../host/host.js';
import { roleAllows } from '../affiliations.js';
import type { Muc } from '../context.js';
import type { RoomMessage } from '../events.js';
import type { Room } from '../room.js';
import { changeAffiliation } from '../standing.js';
import { compareAffiliations } from '../ranks.js';

/** How many open invitations a room remembers; a refusal is carried back only to whom it answers. */
const maxOpen = 1000;
const maxReason = 1024;

function reasonOf(element: Element): string | undefined {
  return element.getChildText('reason')?.slice(0, maxReason) ?? undefined;
}

function invitation(room: Room, inviter: Jid, invitee: Jid, reason: string | undefined): Element {
  const { password } = room.config;
  const secret = password === '' ? undefined : password;
  const bare = room.jid.toString();
  return el(
    'message',
    { from: bare, to: invitee.toString() },
    el(
      'x',
      { xmlns: NS.mucUser },
      el('invite', { from: inviter.toString() }, reason === undefined ? undefined : el('reason', {}, reason)),
      secret === undefined ? undefined : el('password', {}, secret),
    ),
    el('x', { xmlns: 'jabber:x:conference', jid: bare, reason, password: secret }),
  );
}

/** Where only members enter, an invitation makes a member. */
function mayInvite({ config }: Room, inviter: Affiliation): boolean {
  if (compareAffiliations(inviter, 'admin') >= 0) return true;
  if (!config.allowInvites) return false;
  return !config.membersOnly || (inviter === 'member' && config.memberInvites);
}

export function invitations(muc: Muc): () => void {
  /** By room: invitee's bare JID to the real JID of who invited last. */
  const open = new WeakMap<Room, Map<string, Jid>>();

  const remember = (room: Room, invitee: Jid, inviter: Jid): void => {
    const invited = open.get(room) ?? new Map<string, Jid>();
    open.set(room, invited);
    invited.delete(invitee.bare.toString());
    invited.set(invitee.bare.toString(), inviter);
    const [oldest] = invited.keys();
    if (invited.size > maxOpen && oldest !== undefined) invited.delete(oldest);
  };

  const invite = ({ room, from }: RoomMessage, invites: readonly Element[]): StanzaError | Handled => {
    const occupant = room.seat(from)?.occupant;
    if (occupant === undefined || !roleAllows(occupant.role, 'invite')) return stanzaError('forbidden');
    if (!mayInvite(room, occupant.affiliation)) return stanzaError('forbidden');
    if (invites.length > muc.options.limits.invitations) return stanzaError('policy-violation');
    const invitees = invites.map((each) => tryParseJid(attribute(each, 'to')));
    if (invitees.some((jid) => jid?.local === undefined)) return stanzaError('jid-malformed');
    invites.forEach((each, index) => {
      const invitee = invitees[index];
      if (invitee === undefined) return;
      if (room.config.membersOnly && room.affiliation(invitee.bare) === 'none') {
        changeAffiliation(muc, room, invitee.bare, 'member', { actor: occupant });
      }
      const inviter = room.config.whois === 'anyone' ? from : occupant.jid;
      remember(room, invitee, from);
      muc.route(invitation(room, inviter, invitee, reasonOf(each)));
    });
    return true;
  };

  const decline = ({ room, from }: RoomMessage, refusal: Element): StanzaError | Handled => {
    const inviter = open.get(room)?.get(from.bare.toString());
    if (inviter === undefined) return stanzaError('not-acceptable', 'Not invited');
    open.get(room)?.delete(from.bare.toString());
    const reason = reasonOf(refusal);
    const details = reason === undefined ? undefined : el('reason', {}, reason);
    muc.route(
      el(
        'message',
        { from: room.jid.toString(), to: inviter.toString() },
        el('x', { xmlns: NS.mucUser }, el('decline', { from: from.bare.toString() }, details)),
      ),
    );
    return true;
  };

  return muc.hooks.on('room-message', (message) => {
    const x = message.stanza.getChild('x', NS.mucUser);
    if (x === undefined) return undefined;
    const invites = childElements(x).filter(({ name }) => name === 'invite');
    if (invites.length > 0) return invite(message, invites);
    const refusal = x.getChild('decline');
    return refusal === undefined ? undefined : decline(message, refusal);
  });
}
