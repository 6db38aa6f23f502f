/**
 * Conferences begin with a lobby (the community's `lobby_autostart`): nobody is in before a host has looked at who wants to. Hosts, by their account or
 * a token that makes them owners, do not wait; they turn the lobby off when they like.
 */
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import { type Admission, admissionPriority } from '../muc/events.js';
import type { Muc } from '../muc/index.js';
import type { Lobby } from './lobby.js';
import { affiliationBy } from './token-affiliation.js';

const options = z.strictObject({
  /** Whose accounts are hosts. */
  domains: z.array(z.string()).min(1),
});

/** Before the lobby looks who has to wait. */
const beforeLobby = 0.5;

export const lobbyFromStart = defineModule<z.output<typeof options>>({
  name: 'lobby-from-start',
  needs: ['muc', 'lobby'],
  options,
  load(context, { domains }) {
    const muc = context.module<Muc>('muc');
    const lobby = context.module<Lobby | undefined>('lobby');
    if (lobby === undefined) return;

    const isHost = ({ from, origin }: Admission): boolean =>
      origin?.identity === undefined
        ? origin?.anonymous === false && domains.includes(from.domain)
        : affiliationBy(origin.identity) === 'owner';

    context.onUnload(muc.hooks.on('room-created', (room) => lobby.open(room, {})));
    context.onUnload(
      muc.hooks.on(
        'admission',
        (admission) => {
          if (isHost(admission)) admission.excused.add('members-only');
          return undefined;
        },
        admissionPriority('lobby') + beforeLobby,
      ),
    );
  },
});
