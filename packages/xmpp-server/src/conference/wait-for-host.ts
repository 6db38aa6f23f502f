/**
 * Guests wait for a host (Jitsi's `muc_wait_for_host`): until somebody comes who is known, by a login or a token, they wait in the lobby, also
 * while nobody is in the room. When a host has come the lobby opens, and stays open when the host leaves again.
 */
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import { type Admission, admissionPriority } from '../muc/events.js';
import type { Muc, Room } from '../muc/index.js';
import type { Lobby } from './lobby.js';

const options = z.strictObject({
  /** Whose accounts are hosts. */
  domains: z.array(z.string()).min(1),
  /** Domains or bare JIDs of the service's own, recorders above all: they are no hosts, and wait for none. */
  exempt: z.array(z.string()).default([]),
  /** Whether hosts own the room. */
  owners: z.boolean().default(true),
});

/** Before the lobby looks who has to wait. */
const beforeLobby = 0.5;

export const waitForHost = defineModule<z.output<typeof options>>({
  name: 'wait-for-host',
  needs: ['muc', 'lobby'],
  permanent: true,
  options,
  load(context, { domains, exempt, owners }) {
    const muc = context.module<Muc>('muc');
    const lobby = context.module<Lobby>('lobby');
    const exempted = new Set(exempt);
    /** Rooms in which a host has been. */
    const hosted = new WeakSet<Room>();

    const waitsForNobody = ({ from, admin, excused }: Admission): boolean =>
      admin || exempted.has(from.domain) || exempted.has(from.bare.toString()) || excused.has('members-only');
    const isHost = ({ from, origin }: Admission): boolean =>
      origin?.identity !== undefined || (origin?.anonymous === false && domains.includes(from.domain));

    context.onUnload(
      muc.hooks.on(
        'admission',
        (admission) => {
          const { room, excused } = admission;
          if (waitsForNobody(admission) || hosted.has(room)) return;
          if (isHost(admission)) {
            // Who waits for a host does not keep the host out.
            if (lobby.isFor(room, 'waiting-for-host')) excused.add('members-only');
          } else if (!room.config.membersOnly) {
            lobby.open(room, { reason: 'waiting-for-host' });
          }
          return undefined;
        },
        admissionPriority('lobby') + beforeLobby,
      ),
    );
    context.onUnload(
      muc.hooks.on('admitted', (admission) => {
        const { room, from, admin } = admission;
        if (admin || !isHost(admission)) return;
        if (!hosted.has(room)) {
          hosted.add(room);
          muc.log.info({ room: room.jid.toString(), host: from.bare.toString() }, 'the host has come');
        }
        if (owners) room.recordAffiliation(from.bare, 'owner');
      }),
    );
    context.onUnload(
      muc.hooks.on('entered', ({ room }) => {
        if (hosted.has(room) && lobby.isFor(room, 'waiting-for-host')) lobby.close(room);
      }),
    );
  },
});
