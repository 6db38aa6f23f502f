/**
 * A/V moderation (Jitsi's `av_moderation`): while it is on for a medium, nobody sends it but those whom a moderator has approved. The
 * component keeps the lists and tells of them; that they are kept to is up to the focus and the bridge.
 */
import {
  attribute,
  booleanAttribute,
  type Element,
  SignalingError,
  stanzaError,
  type StanzaError,
} from '@conclave/signaling';
import { z } from 'zod';
import type { StanzaEvent } from '../host/host.js';
import { defineModule } from '../host/module.js';
import type { Muc, Room } from '../muc/index.js';
import type { Occupant } from '../muc/occupant.js';
import { Component, componentOptions, type Seat } from './component.js';
import type { RoomMetadata } from './room-metadata.js';

const media = ['audio', 'video', 'desktop'] as const;
type Media = (typeof media)[number];

/** By medium that is moderated: the nicknames of those who may send it. */
type Lists = Map<Media, Set<string>>;

/** What newcomers start without, as the room's metadata have it. */
const startMuted = z.partialRecord(z.enum(media), z.boolean()).catch({});

const options = z.strictObject(componentOptions);

export const avModeration = defineModule<z.output<typeof options>>({
  name: 'av-moderation',
  needs: ['muc', 'room-metadata'],
  permanent: true,
  options,
  load(context, settings) {
    const muc = context.module<Muc>('muc');
    const metadata = context.module<RoomMetadata>('room-metadata');
    const component = new Component(context, 'av_moderation', settings);
    const moderated = new WeakMap<Room, Lists>();
    /** What `startMuted` said of a medium before it was moderated. */
    const formerly = new WeakMap<Lists, Map<Media, boolean | undefined>>();

    const listsOf = (room: Room): Lists => {
      const lists = moderated.get(room) ?? new Map<Media, Set<string>>();
      moderated.set(room, lists);
      return lists;
    };

    const setStartMuted = (room: Room, medium: Media, value: boolean | undefined): boolean | undefined => {
      const { [medium]: before, ...others } = startMuted.parse(metadata.get(room, 'startMuted') ?? {});
      metadata.set(room, 'startMuted', value === undefined ? others : { ...others, [medium]: value });
      return before;
    };

    const whitelists = (room: Room, lists: Lists): Partial<Record<Media, string[]>> =>
      Object.fromEntries(
        [...lists].map(([medium, nicks]) => [
          medium,
          [...nicks].map((nick) => room.jid.withResource(nick).toString()),
        ]),
      );

    const tellLists = (room: Room, medium: Media, more: { readonly removed?: true } = {}): void => {
      const payload = { type: 'av_moderation', room: room.jid.toString(), mediaType: medium, ...more };
      component.tellModerators(muc, room, { ...payload, whitelists: whitelists(room, listsOf(room)) });
    };

    const state = (room: Room, medium: Media, enabled: boolean, actor?: Occupant) => ({
      type: 'av_moderation',
      enabled,
      room: room.jid.toString(),
      actor: actor?.jid.toString(),
      mediaType: medium,
    });

    const enable = (room: Room, medium: Media, actor: Occupant): void => {
      const lists = listsOf(room);
      if (lists.has(medium)) return;
      const moderators = [...room.occupants].filter(
        ({ role, person }) => role === 'moderator' && !muc.isAdmin(person),
      );
      lists.set(medium, new Set(moderators.map(({ nick }) => nick)));
      const before = formerly.get(lists) ?? new Map<Media, boolean | undefined>();
      formerly.set(lists, before.set(medium, setStartMuted(room, medium, true)));
      component.tellAll(muc, room, state(room, medium, true, actor));
      tellLists(room, medium);
    };

    const disable = (room: Room, medium: Media, actor: Occupant): void => {
      const lists = listsOf(room);
      if (!lists.delete(medium)) return;
      setStartMuted(room, medium, formerly.get(lists)?.get(medium));
      component.tellAll(muc, room, state(room, medium, false, actor));
    };

    const approve = (room: Room, medium: Media, target: Occupant, actor: Occupant): void => {
      const about = { type: 'av_moderation', room: room.jid.toString(), mediaType: medium, approved: true };
      const list = listsOf(room).get(medium);
      if (list === undefined) {
        // Nothing is moderated: the moderator asks that person to unmute.
        component.tell(muc, target.sessions, { ...about, from: actor.jid.toString() });
        return;
      }
      list.add(target.nick);
      tellLists(room, medium);
      if (target.role !== 'moderator') component.tell(muc, target.sessions, about);
    };

    const reject = (room: Room, medium: Media, target: Occupant): void => {
      if (listsOf(room).get(medium)?.delete(target.nick) !== true) return;
      tellLists(room, medium, { removed: true });
      if (target.role === 'moderator') return;
      const about = { type: 'av_moderation', room: room.jid.toString(), mediaType: medium, removed: true };
      component.tell(muc, target.sessions, about);
    };

    /** Who is meant by an occupant JID of the moderator's own room. */
    const targetOf = (room: Room, jid: string): Occupant | undefined =>
      [...room.occupants].find((occupant) => occupant.jid.toString() === jid);

    const carryOut = ({ room, occupant }: Seat, command: Element): StanzaError | undefined => {
      if (occupant.role !== 'moderator') return stanzaError('forbidden');
      const medium = media.find((each) => each === attribute(command, 'mediaType'));
      if (medium === undefined) return stanzaError('bad-request', 'Unknown medium');
      const enabled = booleanAttribute(command, 'enable');
      if (enabled !== undefined) {
        (enabled ? enable : disable)(room, medium, occupant);
        return undefined;
      }
      const approved = attribute(command, 'jidToWhitelist');
      const named = approved ?? attribute(command, 'jidToBlacklist');
      if (named === undefined) return stanzaError('bad-request');
      const target = targetOf(room, named);
      if (target === undefined) return stanzaError('item-not-found');
      if (approved === undefined) reject(room, medium, target);
      else approve(room, medium, target, occupant);
      return undefined;
    };

    const receive = (event: StanzaEvent, command: Element): StanzaError | undefined => {
      const seat = component.seat(event);
      if (seat === undefined) return stanzaError('forbidden', 'Not in a conference');
      try {
        return carryOut(seat, command);
      } catch (error) {
        if (error instanceof SignalingError) return stanzaError('bad-request', error.message);
        throw error;
      }
    };

    context.onUnload(component.commands('av_moderation', undefined, receive));
    context.onUnload(
      muc.hooks.on('entered', ({ room, occupant, session }) => {
        const lists = moderated.get(room);
        if (lists === undefined || lists.size === 0) return;
        for (const [medium] of lists) component.tell(muc, [session], state(room, medium, true));
        if (occupant.role === 'moderator') for (const [medium] of lists) tellLists(room, medium);
      }),
    );
    context.onUnload(
      muc.hooks.on('left', ({ room, occupant }) => {
        // The next one of that nickname is somebody else.
        if (room.occupant(occupant.nick) !== undefined) return;
        for (const nicks of moderated.get(room)?.values() ?? []) nicks.delete(occupant.nick);
      }),
    );
    context.onUnload(
      muc.hooks.on('affiliation-changed', ({ room, person, after }) => {
        const lists = moderated.get(room);
        if (after !== 'owner' || lists === undefined) return;
        for (const [medium, nicks] of lists) {
          for (const { nick } of room.occupantsOf(person)) nicks.add(nick);
          tellLists(room, medium);
        }
      }),
    );
  },
});
