/**
 * The lobby (Jitsi's `lobbyrooms`): who has no right to enter a members-only room waits in a room of the same name beside it, where only
 * the moderators see who waits. They let somebody in by an invitation, and turn somebody away by a kick. The lobby is there as long as
 * the room is for members only.
 */
import { type Element, el, type Jid, makeJid, NS, stanzaError, type StanzaError } from '@conclave/signaling';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import type {} from '../modules/disco.js';
import { Broadcast } from '../muc/broadcast.js';
import { equalSecrets } from '../muc/concerns/password.js';
import { deliver } from '../muc/delivery.js';
import { type Admission, admissionPriority } from '../muc/events.js';
import type { Muc, Room } from '../muc/index.js';
import { destroyRoom } from '../muc/leaving.js';
import type { Occupant } from '../muc/occupant.js';
import { configure } from '../muc/owner.js';
import { changeAffiliation } from '../muc/standing.js';
import { claimOf } from './component.js';
import { shownName } from './display-name.js';
import { jsonMessage } from './json-message.js';
import { kicked } from './kicks.js';
import { LobbyHall } from './lobby-hall.js';
import type { RoomMetadata } from './room-metadata.js';

const options = z.strictObject({
  /** The service on which people wait. */
  lobby: z.string(),
  /** The host whose service discovery names it. */
  announcedBy: z.string(),
  /** Domains or bare JIDs whose people need not wait. */
  whitelist: z.array(z.string()).default([]),
  /** Whether one has to say a name before one may wait. */
  nameRequired: z.boolean().default(true),
});

/** Why a lobby is there that no moderator asked for. The room is there as long as somebody waits, also if nobody is in it. */
interface Cause {
  /** Of the same name as the element that tells clients; the client then says so instead of knocking. Undefined: it knocks. */
  readonly reason?: 'waiting-for-host';
}

/** What the module offers to others. */
export interface Lobby {
  /** Has people wait from now on; those in the room stay. */
  open(room: Room, cause: Cause): void;
  /** Lets in everybody who waits. */
  close(room: Room): void;
  /** Whether there is a lobby for that reason. */
  isFor(room: Room, reason: NonNullable<Cause['reason']>): boolean;
}

const isOwner = ({ affiliation }: Occupant): boolean => affiliation === 'owner';

/** Before those without membership are shown out. */
const beforeMembersOnly = 10;

export const lobby = defineModule<z.output<typeof options>, Lobby | undefined>({
  name: 'lobby',
  needs: ['muc', 'room-metadata'],
  permanent: true,
  options,
  load(context, { lobby: lobbyDomain, announcedBy, whitelist, nameRequired }) {
    const muc = context.module<Muc>('muc');
    const metadata = context.module<RoomMetadata>('room-metadata');
    const beside = context.neighbour(lobbyDomain);
    const waitingMuc = beside.offered<Muc>('muc');
    if (waitingMuc === undefined) {
      context.host.log.warn({ host: lobbyDomain }, 'there are no lobbies: the host holds no rooms');
      return undefined;
    }
    const causes = new WeakMap<Room, Cause>();
    const welcome = new Set(whitelist);

    const lobbyJid = (room: Room): Jid => makeJid(muc.names.nameOf(room.jid), lobbyDomain);
    const lobbyOf = (room: Room): Room | undefined => waitingMuc.room(lobbyJid(room));
    const mainOf = (lobbyRoom: Jid): Room | undefined => {
      const main = muc.names.addressOf(lobbyRoom.local ?? '');
      const room = main && muc.room(main);
      return room?.config.membersOnly === true ? room : undefined;
    };

    const notify = (room: Room, actor: Jid, event: string, more: object): void => {
      const seat = room.seat(actor);
      const from = (seat?.occupant.jid ?? room.jid).toString();
      const message = jsonMessage(from, { type: 'lobby-notify', event, ...more });
      message.attrs['type'] = 'groupchat';
      deliver(muc, room.sessions(), new Broadcast(message));
    };

    const notifyOf = (room: Room, actor: Occupant, waiting: Occupant, event: string): void =>
      notify(room, actor.primary.jid, event, {
        value: waiting.jid.toString(),
        name: shownName(room, waiting),
      });

    const isWelcome = ({ room, from, join }: Admission): boolean => {
      const { password } = room.config;
      return (
        welcome.has(from.domain) ||
        welcome.has(from.bare.toString()) ||
        (password !== '' && equalSecrets(join.getChildText('password') ?? '', password))
      );
    };

    const invitationToWait = (room: Room): StanzaError => {
      const cause = causes.get(room);
      const address = lobbyJid(room).toString();
      return stanzaError(
        'registration-required',
        undefined,
        ...(cause?.reason === undefined ? [] : [el(cause.reason, { xmlns: NS.jitmeet })]),
        el('lobbyroom', { xmlns: NS.jitmeet }, address),
        // For clients that look for it in no namespace.
        el('lobbyroom', {}, address),
      );
    };

    const gate = (admission: Admission): StanzaError | undefined => {
      const { room, from, admin, presence, excused } = admission;
      if (!room.config.membersOnly || admin || room.affiliation(from.bare) === 'outcast') return undefined;
      if (excused.has('members-only')) return undefined;
      if (isWelcome(admission) || room.isMember(from.bare)) {
        // Whom a moderator or the operator has let in is not asked for the password that others need.
        excused.add('members-only').add('password');
        return undefined;
      }
      const isNameless = (presence.getChildText('nick', NS.nick) ?? '').trim() === '';
      return nameRequired && isNameless && causes.get(room)?.reason === undefined
        ? stanzaError(
            'not-acceptable',
            undefined,
            el('displayname-required', { xmlns: NS.jitmeet, lobby: true }),
          )
        : invitationToWait(room);
    };

    const close = (room: Room, reason: string, alternate?: string): void => {
      const waiting = lobbyOf(room);
      if (waiting !== undefined) destroyRoom(waitingMuc, waiting, reason, alternate);
    };

    context.onUnload(muc.hooks.on('admission', gate, admissionPriority('lobby')));
    context.onUnload(
      muc.hooks.on('admitted', ({ room, from, admin }) => {
        if (room.config.membersOnly && !admin && !room.isMember(from.bare)) {
          room.recordAffiliation(from.bare, 'member');
        }
      }),
    );
    context.onUnload(
      muc.hooks.on(
        'configured',
        ({ room, changed, by }) => {
          if (!changed.has('membersOnly')) return;
          const on = room.config.membersOnly;
          if (on) {
            // Who is in stays in, whatever its client has asked for.
            for (const { person } of [...room.occupants]) {
              if (!room.isMember(person)) changeAffiliation(muc, room, person, 'member');
            }
          } else {
            causes.delete(room);
            close(room, '', room.jid.toString());
          }
          notify(room, by, 'LOBBY-ENABLED', { value: on });
          metadata.set(room, 'lobbyEnabled', on);
        },
        beforeMembersOnly,
      ),
    );
    // Where nobody is in yet for whom the others wait, the room is there as long as they are.
    context.onUnload(
      muc.hooks.on('room-vacated', (room) =>
        causes.has(room) && lobbyOf(room) !== undefined ? 'kept' : undefined,
      ),
    );
    context.onUnload(
      waitingMuc.hooks.on('room-gone', ({ jid }) => {
        const room = mainOf(jid);
        if (room?.occupantCount === 0) muc.vacated(room);
      }),
    );
    context.onUnload(muc.hooks.on('room-gone', (room) => close(room, 'Lobby room closed.')));
    context.onUnload(
      muc.hooks.on('described', ({ room, fields }) => {
        if (!room.config.membersOnly) return;
        fields.push({
          var: 'muc#roominfo_lobbyroom',
          type: 'text-single',
          label: 'Lobby room',
          values: [lobbyJid(room).toString()],
        });
      }),
    );
    context.onUnload(
      muc.hooks.on('affiliation-changed', ({ room, person, before, after, actor }) => {
        const waiting = lobbyOf(room);
        if (waiting === undefined || before === after) return;
        const [knocker] = waiting.occupantsOf(person);
        if (knocker !== undefined && after === 'member' && actor !== undefined) {
          notifyOf(room, actor, knocker, 'LOBBY-ACCESS-GRANTED');
        }
        changeAffiliation(waitingMuc, waiting, person, after);
      }),
    );
    context.onUnload(
      waitingMuc.hooks.on('expelled', ({ room: waiting, occupant, actor, codes }) => {
        const room = mainOf(waiting.jid);
        if (room === undefined || actor === undefined || !codes.has(kicked)) return;
        notifyOf(room, actor, occupant, 'LOBBY-ACCESS-DENIED');
      }),
    );
    const hall = new LobbyHall(waitingMuc, mainOf, isOwner);
    context.onUnload(() => hall.shut());

    context.onUnload(
      context
        .neighbour(announcedBy)
        .host.disco.identity({ category: 'component', type: 'lobbyrooms', name: lobbyDomain }),
    );
    context.onUnload(
      beside.host.hooks.on('disco-node', ({ kind, node, request }): Element | undefined => {
        if (kind !== 'info' || node !== 'lobbyrooms') return undefined;
        const claimed = claimOf(request.origin?.conference);
        const room = claimed === undefined ? undefined : muc.names.addressOf(claimed);
        const isAsked = nameRequired && room !== undefined && muc.room(room)?.config.membersOnly === true;
        const feature = 'http://jitsi.org/protocol/lobbyrooms#displayname_required';
        return el(
          'query',
          { xmlns: NS.discoInfo, node },
          isAsked ? el('feature', { var: feature }) : undefined,
        );
      }),
    );

    return {
      open: (room, cause) => {
        causes.set(room, cause);
        configure(muc, room, muc.jid, { ...room.config, membersOnly: true });
      },
      close: (room) => configure(muc, room, muc.jid, { ...room.config, membersOnly: false }),
      isFor: (room, reason) => causes.get(room)?.reason === reason,
    };
  },
});
