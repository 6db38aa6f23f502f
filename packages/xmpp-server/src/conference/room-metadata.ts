/**
 * What holds for a whole conference, as values by key that everybody in it is told whenever one changes (Jitsi's `room_metadata`): who
 * may chat, whether newcomers start muted, whether there is a lobby. Moderators set it, other modules set and read it; newcomers
 * have it before they know that they are in, together with the STUN and TURN servers.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  attribute,
  type Element,
  isStanzaError,
  NS,
  stanzaError,
  type StanzaError,
} from '@conclave/signaling';
import { z } from 'zod';
import type { StanzaEvent } from '../host/host.js';
import { defineModule } from '../host/module.js';
import type { ExternalServices } from '../modules/external-services.js';
import type { Muc, Room } from '../muc/index.js';
import type { Occupant } from '../muc/occupant.js';
import { breakoutOption, Component, componentOptions } from './component.js';
import { jsonOf } from './json-message.js';

interface MetadataRequest {
  readonly room: Room;
  readonly occupant: Occupant;
  readonly key: string;
  readonly data: unknown;
}

declare module '../muc/events.js' {
  interface MucEvents {
    /** An occupant wants a key set: to this or, by the first that answers, to other `data`. Nobody answers: moderators may. */
    'metadata-requested': { payload: MetadataRequest; result: { readonly data: unknown } | StanzaError };
    /** Everybody in the room has been told of another value. */
    'metadata-changed': { payload: { readonly room: Room; readonly key: string }; result: never };
  }
}

/** What the module offers to others. */
export interface RoomMetadata {
  get(room: Room, key: string): unknown;
  /** All values by key. */
  all(room: Room): Readonly<Record<string, unknown>>;
  /** Tells everybody in the room if that changes anything. @param value undefined: the key goes */
  set(room: Room, key: string, value: unknown): void;
  /** The same, for the focus alone. */
  setForFocus(room: Room, key: string, value: unknown): void;
}

const options = z.strictObject({
  ...componentOptions,
  ...breakoutOption,
  /** The host whose STUN and TURN servers newcomers are told of. Default: the one that announces the component. */
  servicesOf: z.string().optional(),
  /** Keys that nobody may set from outside: what other modules and the operator say. */
  reserved: z
    .array(z.string())
    .default([
      'allownersEnabled',
      'asyncTranscription',
      'audioTranslationAvailable',
      'audioTranslationRequests',
      'conferencePresetsServiceEnabled',
      'dialinEnabled',
      'lobbyEnabled',
      'moderators',
      'participants',
      'participantsSoftLimit',
      'services',
      'transcriberType',
      'transcription',
      'visitorsEnabled',
    ]),
  limits: z
    .strictObject({
      /** Keys a room. */
      keys: z.int().positive().default(32),
      /** Characters of JSON of all values of a room. */
      size: z.int().positive().default(16_384),
    })
    .prefault({}),
});

const keyPattern = /^[A-Za-z][\w.-]{0,63}$/;
const command = z.object({ key: z.string().regex(keyPattern), data: z.json() });

export const roomMetadata = defineModule<z.output<typeof options>, RoomMetadata>({
  name: 'room-metadata',
  needs: ['muc'],
  permanent: true,
  options,
  load(context, settings) {
    const { reserved, limits, announcedBy, servicesOf = announcedBy } = settings;
    const component = new Component(context, 'room_metadata', settings);
    const tables = new WeakMap<Room, Map<string, unknown>>();

    const tableOf = (room: Room): Map<string, unknown> => {
      const table = tables.get(room) ?? new Map<string, unknown>();
      tables.set(room, table);
      return table;
    };

    /** What the focus is told besides. */
    const forFocus = new WeakMap<Room, Readonly<Record<string, unknown>>>();

    const payload = (room: Room, more: Readonly<Record<string, unknown>> = {}) => ({
      type: 'room_metadata',
      metadata: { ...Object.fromEntries(tableOf(room)), ...more },
    });

    /** What only newcomers are told; nothing where there are no services, since clients would take that for all there is. */
    const services = (): { readonly services?: readonly object[] } => {
      const offered = context.neighbour(servicesOf).offered<ExternalServices>('external-services');
      const current = (offered?.current() ?? []).map(({ restricted, ...service }) =>
        restricted === true ? { ...service, restricted: '1' } : service,
      );
      return current.length === 0 ? {} : { services: current };
    };

    const set = (room: Room, key: string, value: unknown): void => {
      const table = tableOf(room);
      if (isDeepStrictEqual(table.get(key), value)) return;
      if (value === undefined) table.delete(key);
      else table.set(key, value);
      const muc = component.serviceOf(room);
      if (muc === undefined) return;
      const more = forFocus.get(room);
      if (more === undefined) component.tell(muc, room.sessions(), payload(room), room.jid);
      else {
        const people = [...room.sessions()].filter(({ jid }) => !muc.isAdmin(jid.bare));
        component.tell(muc, people, payload(room), room.jid);
        tellFocus(muc, room);
      }
      muc.hooks.emit('metadata-changed', { room, key });
    };

    const tellFocus = (muc: Muc, room: Room): void => {
      const admins = [...room.sessions()].filter(({ jid }) => muc.isAdmin(jid.bare));
      component.tell(muc, admins, payload(room, forFocus.get(room)), room.jid);
    };

    const setForFocus = (room: Room, key: string, value: unknown): void => {
      const before = forFocus.get(room) ?? {};
      if (isDeepStrictEqual(before[key], value)) return;
      forFocus.set(room, { ...before, [key]: value });
      const muc = component.serviceOf(room);
      if (muc !== undefined) tellFocus(muc, room);
    };

    const fits = (room: Room, key: string, data: unknown): boolean => {
      const after = new Map(tableOf(room)).set(key, data);
      return after.size <= limits.keys && JSON.stringify([...after]).length <= limits.size;
    };

    const receive = (event: StanzaEvent, element: Element): StanzaError | undefined => {
      const seat = component.seat(event, attribute(element, 'room'));
      if (seat === undefined) return stanzaError('forbidden', 'Not in the room');
      const parsed = command.safeParse(jsonOf(element, limits.size));
      if (!parsed.success || parsed.data.data === null) return stanzaError('bad-request');
      const { key } = parsed.data;
      const { muc, room, occupant } = seat;
      if (reserved.includes(key)) return stanzaError('not-allowed', `${key} is not for clients to set`);
      const decision = muc.hooks.emit('metadata-requested', { room, occupant, key, data: parsed.data.data });
      if (isStanzaError(decision)) return decision;
      if (decision === undefined && occupant.role !== 'moderator') return stanzaError('forbidden');
      const data = decision === undefined ? parsed.data.data : decision.data;
      if (!fits(room, key, data)) return stanzaError('resource-constraint', 'Too much metadata');
      set(room, key, data);
      return undefined;
    };

    context.onUnload(component.commands('room_metadata', NS.jitmeet, receive));
    for (const muc of component.services) {
      context.onUnload(
        muc.hooks.on('entering', ({ room, session }) => {
          const more = muc.isAdmin(session.jid.bare) ? forFocus.get(room) : undefined;
          component.tell(muc, [session], payload(room, { ...services(), ...more }), room.jid);
        }),
      );
    }
    return {
      get: (room, key) => tables.get(room)?.get(key),
      all: (room) => Object.fromEntries(tableOf(room)),
      set,
      setForFocus,
    };
  },
});
