/** What operators may ask of rooms (Jitsi's `muc_size`, `muc_census`, `muc_password_check`): which there are, and who is in them. */
import { tryParseJid } from '@conclave/signaling';
import { z } from 'zod';
import { equalSecrets } from '../../muc/concerns/password.js';
import type { Muc, Room } from '../../muc/index.js';
import type { Occupant } from '../../muc/occupant.js';
import { nameOf } from '../display-name.js';
import { answer, type ApiAnswer, type ApiRequest, json, type Operations } from './answers.js';

/** Milliseconds after which a room without people counts as forgotten. */
const leakedAfter = 60_000;
const passcode = z.object({ passcode: z.string().max(1024) });

/** All but the focus. */
export function people(muc: Muc, room: Room): Occupant[] {
  return [...room.occupants].filter(({ person }) => !muc.isAdmin(person));
}

/** Finds the room that a query names by `room`, with its tenant as `subdomain` or `prefix`; or says why there is none. */
export function roomAsked(muc: Muc, domain: string, { query }: ApiRequest): Room | ApiAnswer {
  const name = query.get('room') ?? '';
  const tenant = (query.get('subdomain') ?? query.get('prefix') ?? '').replaceAll('.', '_');
  const other = query.get('domain') ?? '';
  if (name === '') return answer(400, 'no room');
  const jid = muc.names.addressOf(tenant === '' ? name : `[${tenant}]${name}`);
  const room = jid && (other === '' || other.toLowerCase() === domain) ? muc.room(jid) : undefined;
  return room ?? answer(404);
}

/** Finds the room of an address. */
export function roomAt(muc: Muc, address: string | null | undefined): Room | undefined {
  const jid = tryParseJid(address ?? undefined);
  return jid && muc.room(jid);
}

export function isAnswer(found: Room | ApiAnswer): found is ApiAnswer {
  return 'status' in found;
}

export function roomQueries(muc: Muc, domain: string): Operations {
  const of = (request: ApiRequest, then: (room: Room) => ApiAnswer): ApiAnswer => {
    const found = roomAsked(muc, domain, request);
    return isAnswer(found) ? found : then(found);
  };
  return {
    'GET /room-size': (request) => of(request, (room) => json({ participants: people(muc, room).length })),

    'GET /room': (request) =>
      of(request, (room) =>
        json(
          people(muc, room).map((occupant) => ({
            jid: occupant.primary.jid.toString(),
            email: occupant.primary.presence.getChildText('email') ?? '',
            display_name: nameOf(occupant),
          })),
        ),
      ),

    'GET /room-census': () =>
      json({
        room_census: [...muc.rooms.values()].map((room) => {
          const participants = people(muc, room).length;
          return {
            room_name: room.jid.toString(),
            participants,
            created_time: room.createdAt,
            leaked: participants === 0 && muc.now() - room.createdAt > leakedAfter,
          };
        }),
      }),

    'GET /room-info': (request) =>
      of(request, ({ jid, config }) =>
        json({
          conference: jid.toString(),
          passcodeProtected: config.password !== '',
          lobbyEnabled: config.membersOnly,
        }),
      ),

    'PUT /room-info': (request) =>
      of(request, ({ config }) => {
        const { data } = passcode.safeParse(request.body);
        if (data === undefined) return answer(400, 'no passcode');
        return json({ valid: config.password !== '' && equalSecrets(data.passcode, config.password) });
      }),
  };
}
