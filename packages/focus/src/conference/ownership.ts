/** Who owns a conference's room. Ownership comes from a login, or, where nobody can log in, from being elected. */
import { el, encodeMucAdmin, tryParseJid } from '@conclave/signaling';
import type { XmppConnection } from '@conclave/xmpp-connection';
import type { Logger } from 'pino';
import type { Member } from './member.js';
import type { ConferencePart } from './part.js';

export interface OwnershipPolicy extends ConferencePart {
  /** A login is now bound to this full JID. */
  authenticated(fullJid: string): void;
}

/** Makes the policy of one conference. */
export type OwnershipMaker = (grant: GrantOwnership, members: ReadonlyMap<string, Member>) => OwnershipPolicy;

/** Makes the account behind a member owner of the room; a refusal is only logged. */
export type GrantOwnership = (member: Member) => void;

export const grantByIq =
  (connection: XmppConnection, room: string, log: Logger): GrantOwnership =>
  (member) => {
    const jid = tryParseJid(member.occupant.realJid)?.bare.toString();
    if (jid === undefined || member.occupant.affiliation === 'owner') return;
    const grant = el('iq', { type: 'set', to: room }, encodeMucAdmin({ jid, affiliation: 'owner' }));
    log.info({ member: member.nick, jid }, 'ownership granted');
    void connection.request(grant).then((outcome) => {
      if (outcome.kind !== 'result')
        log.warn({ member: member.nick, outcome: outcome.kind }, 'grant refused');
    });
  };

/** Every member whose real full JID has a login owns the room; nobody is promoted when owners leave. */
export const ownersByLogin =
  (hasLogin: (fullJid: string) => boolean): OwnershipMaker =>
  (grant, members) => ({
    memberJoined(member) {
      if (member.occupant.realJid !== undefined && hasLogin(member.occupant.realJid)) grant(member);
    },
    authenticated(fullJid) {
      for (const member of members.values()) if (member.occupant.realJid === fullJid) grant(member);
    },
  });

/** Exactly one owner: one who is there already, or the first member that is a person; another when that one leaves. */
export const electedOwner: OwnershipMaker = (grant, members) => {
  let owner: string | undefined;
  const elect = () => {
    const candidates = [...members.values()].filter(({ services }) => services.size === 0);
    const chosen = candidates.find(({ occupant }) => occupant.affiliation === 'owner') ?? candidates[0];
    owner = chosen?.nick;
    if (chosen) grant(chosen);
  };
  return {
    memberJoined: () => {
      if (owner === undefined) elect();
    },
    memberLeft: (member) => {
      if (member.nick === owner) elect();
    },
    authenticated: () => undefined,
  };
};
