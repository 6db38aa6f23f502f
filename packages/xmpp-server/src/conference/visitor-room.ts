/**
 * The rooms of a visitor node (Jitsi's `fmuc`): one for each meeting that has visitors here. The people of the meeting are shown in it as
 * its server says that they are; visitors come to look, see nobody of each other, and are seen by the focus alone. What they say goes to
 * the meeting, and a raised hand asks to take part in it.
 */
import { attribute, el, type Element, errorReply, type Jid, makeJid, stanzaError } from '@conclave/signaling';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import { readdressed } from '../muc/delivery.js';
import { admissionPriority } from '../muc/events.js';
import type { Muc, Room } from '../muc/index.js';
import { destroyRoom } from '../muc/leaving.js';
import type { Occupant } from '../muc/occupant.js';
import { announce } from '../muc/presence.js';
import { HeldEntrances } from './held-entrances.js';
import type { RoomMetadata } from './room-metadata.js';
import { isMirrored, mirrorMeetings } from './visitor-mirror.js';
import { isVisitor, raisedHands } from './visitor-hands.js';
import { speechOf, visitorSpeech } from './visitor-speech.js';
import { answerVisitorsIqs, decodeState, type MeetingState, visitorsNamespace } from './visitors-wire.js';

const options = z.strictObject({
  /** The host that visitors log in to; it speaks for the node. */
  visitors: z.string(),
  /** Of the server of the meetings: its main host, the host of its rooms, and the component that lets visitors take part. */
  main: z.strictObject({ host: z.string(), rooms: z.string(), component: z.string() }),
  /** Visitors that wait for the meeting to be connected, a room. */
  waiting: z.int().positive().default(500),
  /** How long a room stays without visitors, in seconds. */
  emptySeconds: z.number().positive().default(15),
});

interface Connection {
  /** Nobody is let in before the people of the meeting are there. */
  open: boolean;
  state: MeetingState | undefined;
  ending: boolean;
  emptyTimer: NodeJS.Timeout | undefined;
}

export const visitorRoom = defineModule<z.output<typeof options>>({
  name: 'visitor-room',
  needs: ['muc', 'room-metadata'],
  permanent: true,
  options,
  load(context, { visitors: visitorsHost, main, waiting, emptySeconds }) {
    const { host } = context;
    const muc = context.module<Muc>('muc');
    const metadata = context.module<RoomMetadata>('room-metadata');
    const node = context.neighbour(visitorsHost).host;
    const held = new HeldEntrances(host, waiting);
    const connections = new Map<Room, Connection>();

    const mainRoom = (room: Room): Jid => makeJid(room.jid.local, main.rooms);
    const standingOf = (room: Room, nick: string) =>
      connections.get(room)?.state?.moderators.includes(nick) === true
        ? ({ affiliation: 'owner', role: 'moderator' } as const)
        : ({ affiliation: 'none', role: 'participant' } as const);

    const end = (room: Room, reason: string): void => {
      const connection = connections.get(room);
      if (connection === undefined || connection.ending) return;
      connection.ending = true;
      for (const { presence } of held.takeAll(room.jid)) {
        host.route(errorReply(presence, stanzaError('service-unavailable', reason)));
      }
      destroyRoom(muc, room, reason);
    };

    // What the server of the meeting says of it.

    const describe = (room: Room, json: string | undefined): void => {
      const described = z.record(z.string(), z.unknown()).safeParse(parse(json)).data ?? {};
      // Who was promoted there is nobody's business here.
      const shown = new Map(Object.entries(described).filter(([key]) => key !== 'visitors'));
      for (const key of Object.keys(metadata.all(room))) {
        if (!shown.has(key)) metadata.set(room, key, undefined);
      }
      for (const [key, value] of shown) metadata.set(room, key, value);
    };

    const apply = (room: Room, state: MeetingState): void => {
      const connection = connections.get(room);
      if (connection === undefined) return;
      connection.state = state;
      room.config.password = state.password;
      describe(room, state.metadata);
      for (const occupant of room.occupants) {
        const standing = standingOf(room, occupant.nick);
        if (!isMirrored(occupant) || occupant.role === standing.role) continue;
        occupant.stand(standing);
        announce(muc, room, occupant);
      }
    };

    context.onUnload(
      answerVisitorsIqs(host, ({ from }, { room: address, element }) => {
        if (!from.equals(makeJid(undefined, main.host))) return stanzaError('forbidden');
        const room = [...connections.keys()].find(({ jid }) => jid.toString() === address);
        if (room === undefined) return stanzaError('item-not-found', 'The focus is not there');
        const update = element.getChild('connect') ?? element.getChild('update');
        const connection = connections.get(room);
        if (update !== undefined) apply(room, decodeState(update));
        if (element.getChild('connect') !== undefined && connection !== undefined) {
          connection.open = true;
          scheduleEnd(room, connection);
          held.release(room.jid);
        }
        if (element.getChild('disconnect') !== undefined) end(room, 'Conference ended.');
        return undefined;
      }),
    );
    context.onUnload(mirrorMeetings(muc, host, main.rooms, standingOf));

    // Visitors.

    const scheduleEnd = (room: Room, connection: Connection): void => {
      clearTimeout(connection.emptyTimer);
      connection.emptyTimer = setTimeout(() => {
        if (![...room.occupants].some(isVisitor)) end(room, 'No visitors.');
      }, emptySeconds * 1000).unref();
    };

    context.onUnload(
      muc.hooks.on('room-created', (room) => {
        connections.set(room, {
          open: false,
          state: undefined,
          ending: false,
          emptyTimer: undefined,
        });
        room.shows = (occupant, receiver) => !isVisitor(occupant) || muc.isAdmin(receiver.person);
        room.hears = () => true;
      }),
    );
    context.onUnload(
      muc.hooks.on('room-gone', (room) => {
        clearTimeout(connections.get(room)?.emptyTimer);
        connections.delete(room);
      }),
    );
    context.onUnload(() => {
      for (const { emptyTimer } of connections.values()) clearTimeout(emptyTimer);
    });
    context.onUnload(
      muc.hooks.on(
        'admission',
        (admission) => {
          const { room, from, admin, excused } = admission;
          if (admin) return undefined;
          if (from.domain !== visitorsHost) return stanzaError('not-allowed', 'Visitors log in to the node');
          const connection = connections.get(room);
          if (connection?.open !== true) {
            return held.hold(room.jid, admission) ? 'held' : stanzaError('resource-constraint');
          }
          if (connection.state?.lobby === true) {
            return stanzaError(
              'not-allowed',
              undefined,
              el('no-visitors-lobby', { xmlns: visitorsNamespace }),
            );
          }
          excused.add('lobby').add('members-only');
          return undefined;
        },
        admissionPriority('visitors'),
      ),
    );
    context.onUnload(
      muc.hooks.on('left', ({ room, occupant }) => {
        const connection = connections.get(room);
        if (connection === undefined || connection.ending || muc.isAdmin(occupant.person)) return;
        if (isVisitor(occupant) || !isMirrored(occupant)) {
          if (connection.open) scheduleEnd(room, connection);
        } else if (![...room.occupants].some(isMirrored)) {
          end(room, 'Conference ended.');
        }
      }),
    );

    // What visitors say.

    context.onUnload(
      muc.hooks.on('groupchat', ({ occupant, stanza }) =>
        isVisitor(occupant) ? visitorSpeech(stanza, occupant) : undefined,
      ),
    );
    context.onUnload(
      muc.hooks.on('said', ({ room, stanza, author }) => {
        const visitor = author === undefined ? undefined : spokenBy(room, stanza);
        if (visitor === undefined) return;
        muc.route(
          readdressed(stanza, {
            from: visitor.jid.toString(),
            to: mainRoom(room).toString(),
            type: 'groupchat',
            id: attribute(stanza, 'id'),
          }),
        );
      }),
    );
    context.onUnload(
      muc.hooks.on('private-message', ({ room, occupant, target, stanza }) => {
        if (!isVisitor(occupant)) return undefined;
        if (isVisitor(target) || !isMirrored(target)) return stanzaError('forbidden');
        const refused = visitorSpeech(stanza, occupant);
        if (refused !== undefined) return refused;
        muc.route(
          readdressed(speechOf(stanza), {
            from: occupant.jid.toString(),
            to: mainRoom(room).withResource(target.nick).toString(),
            type: 'chat',
            id: attribute(stanza, 'id'),
          }),
        );
        return undefined;
      }),
    );
    context.onUnload(
      muc.hooks.on('occupant-asked', ({ occupant, target }) => {
        if (isMirrored(target)) return stanzaError('service-unavailable');
        return isVisitor(occupant) && isVisitor(target) ? stanzaError('forbidden') : undefined;
      }),
    );

    const spokenBy = (room: Room, stanza: Element): Occupant | undefined => {
      const from = attribute(stanza, 'from') ?? '';
      const prefix = `${room.jid.toString()}/`;
      const occupant = from.startsWith(prefix) ? room.occupant(from.slice(prefix.length)) : undefined;
      return occupant && isVisitor(occupant) ? occupant : undefined;
    };

    context.onUnload(
      raisedHands({
        muc,
        node,
        component: main.component,
        mainRoom,
        roomAt: (address) => [...connections.keys()].find(({ jid }) => jid.toString() === address),
      }),
    );

    // What clients read of the meeting.

    context.onUnload(
      muc.hooks.on('described', ({ room, fields }) => {
        const { meetingId = '', createdAt = '' } = connections.get(room)?.state ?? {};
        const single = (name: string, value: string) =>
          fields.push({ var: `muc#roominfo_${name}`, type: 'text-single', values: [value] });
        single('meetingId', meetingId);
        single('created_timestamp', createdAt);
        single('visitorsEnabled', '1');
      }),
    );
  },
});

function parse(json: string | undefined): unknown {
  try {
    return JSON.parse(json ?? '{}');
  } catch {
    return {};
  }
}
