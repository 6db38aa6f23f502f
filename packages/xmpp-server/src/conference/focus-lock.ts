/**
 * Nobody is in a conference before the focus is (Jitsi's focus lock). Who enters a room that the focus is not in waits, while the focus is
 * asked for the conference in its name: so whoever may open a conference does so with any client, and nobody else. Where no focus is connected,
 * a room is a room, and the rules of the service are all there are.
 */
import { createHash } from 'node:crypto';
import {
  encodeConferenceRequest,
  errorReply,
  type Jid,
  parseStanzaError,
  stanzaError,
  type StanzaError,
} from '@conclave/signaling';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import { type Admission, admissionPriority, type Held } from '../muc/events.js';
import type { Muc, Room } from '../muc/index.js';
import type { FocusLine } from './client-proxy.js';
import { HeldEntrances } from './held-entrances.js';

const options = z.strictObject({
  /** The nickname of the focus. */
  nick: z.string().default('focus'),
  /** The host that passes requests on to the focus. */
  proxy: z.string(),
  /** Entrances that wait, a room. */
  waiting: z.int().positive().default(500),
  /** Rooms for which the focus is asked at a time. */
  rooms: z.int().positive().default(1000),
});

/** After the rules by which nobody but some may create rooms. */
const afterPolicy = -10;

/** Stands for the client's device, which only web clients have a name for. */
function machineOf(client: Jid): string {
  return createHash('sha256').update(client.toString()).digest('hex').slice(0, 32);
}

export const focusLock = defineModule<z.output<typeof options>>({
  name: 'focus-lock',
  needs: ['muc'],
  permanent: true,
  options,
  load(context, { nick, proxy, waiting, rooms }) {
    const { host } = context;
    const muc = context.module<Muc>('muc');
    const line = () => context.neighbour(proxy).offered<FocusLine>('client-proxy');
    const held = new HeldEntrances(host, waiting);
    /** By room: that the focus is being asked for it. */
    const asked = new Set<string>();
    /** Rooms that the focus has been in, or that were opened where there is none. */
    const opened = new WeakSet<Room>();

    /** By room: who had the focus open it (a bare JID), and owns it as who creates a room does. */
    const openers = new Map<string, Jid>();

    const refuseAll = (room: Jid, error: StanzaError): void => {
      for (const { presence } of held.takeAll(room)) host.route(errorReply(presence, error));
    };

    const ask = async (room: Jid, client: Jid, through: FocusLine): Promise<void> => {
      const request = { room: room.toString(), machineUid: machineOf(client), properties: {} };
      const answer = await through.ask(client, encodeConferenceRequest(request));
      const error = parseStanzaError(answer);
      if (error === undefined) held.release(room);
      else
        refuseAll(room, stanzaError('not-allowed', `The focus does not open the room: ${error.condition}`));
    };

    const hold = (
      room: Jid,
      entrance: Pick<Admission, 'presence' | 'from' | 'origin'>,
      through: FocusLine,
    ): StanzaError | Held => {
      const key = room.toString();
      const isFull = asked.size >= rooms && !asked.has(key);
      if (isFull || !held.hold(room, entrance)) return stanzaError('resource-constraint');
      if (asked.has(key)) return 'held';
      asked.add(key);
      ask(room, entrance.from, through)
        .catch((error: unknown) => {
          host.log.error({ err: error, room: key }, 'the focus could not be asked for a room');
          refuseAll(room, stanzaError('internal-server-error'));
        })
        .finally(() => {
          asked.delete(key);
          openers.delete(key);
        });
      return 'held';
    };

    /** The focus, if it is there and has to come first. */
    const awaited = (presence: Admission['presence'], admin: boolean): FocusLine | undefined => {
      const through = line();
      // The focus has answered already, and is not in: it does not come.
      return admin || held.wasReleased(presence) || through?.isOpen() !== true ? undefined : through;
    };

    context.onUnload(
      muc.hooks.on(
        'room-requested',
        ({ jid, presence, from, admin, origin }) => {
          const through = awaited(presence, admin);
          if (through !== undefined && !asked.has(jid.toString())) openers.set(jid.toString(), from.bare);
          return through && hold(jid, { presence, from, origin }, through);
        },
        afterPolicy,
      ),
    );
    context.onUnload(
      muc.hooks.on(
        'admission',
        ({ room, presence, from, admin, origin }) => {
          if (opened.has(room)) return undefined;
          const through = awaited(presence, admin);
          return through && hold(room.jid, { presence, from, origin }, through);
        },
        admissionPriority('focus-lock'),
      ),
    );
    context.onUnload(
      muc.hooks.on('admitted', ({ room, from, admin }) => {
        if (admin || openers.get(room.jid.toString())?.equals(from.bare) !== true) return;
        room.recordAffiliation(from.bare, 'owner');
      }),
    );
    context.onUnload(
      muc.hooks.on('entered', ({ room, occupant }) => {
        if (!muc.isAdmin(occupant.person)) {
          opened.add(room);
        } else if (occupant.nick === nick) {
          opened.add(room);
          held.release(room.jid);
        }
      }),
    );
  },
});
