/**
 * Who wants to hear whom in which language (Jitsi's `audio-translation`): listeners say it by delta, the focus is told what is wanted of each speaker, and speakers learn who
 * listens to them in another language. Wishes last as long as both are there.
 */
import { type Element, el, NS, stanzaError, type StanzaError } from '@conclave/signaling';
import { z } from 'zod';
import type { StanzaEvent } from '../host/host.js';
import { defineModule } from '../host/module.js';
import { Broadcast } from '../muc/broadcast.js';
import { deliver } from '../muc/delivery.js';
import type { Muc, Room } from '../muc/index.js';
import type { Occupant } from '../muc/occupant.js';
import { Component, componentOptions } from './component.js';
import { jsonOf } from './json-message.js';
import type { Permissions } from './permissions.js';
import type { RoomMetadata } from './room-metadata.js';

const options = z.strictObject({
  ...componentOptions,
  /** Speakers that one person may hear in another language. */
  subscriptions: z.int().positive().default(20),
  /** Languages of one speaker. */
  languages: z.int().positive().max(20).default(10),
  /** Milliseconds in which changes are gathered before they are told. */
  gather: z.int().nonnegative().default(500),
});

/** Characters of JSON of one delta, and speakers in it. */
const maxDelta = 4096;
const language = /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,3}$/;
const delta = z.record(z.string().min(1).max(64), z.union([z.literal(''), z.string().regex(language)]));
const state = z.object({ enabled: z.boolean().optional() }).catch({});

/** By the nickname of the speaker: the language. */
type Wishes = Map<string, string>;

export const audioTranslation = defineModule<z.output<typeof options>>({
  name: 'audio-translation',
  needs: ['muc', 'room-metadata', 'permissions'],
  permanent: true,
  options,
  load(context, settings) {
    const muc = context.module<Muc>('muc');
    const metadata = context.module<RoomMetadata>('room-metadata');
    const permissions = context.module<Permissions>('permissions');
    const component = new Component(context, 'audio-translation', settings);
    const wishesOf = new WeakMap<Room, Map<Occupant, Wishes>>();
    const timers = new Map<Room, NodeJS.Timeout>();
    /** What each speaker has been told last. */
    const told = new WeakMap<Occupant, string>();

    const wishesIn = (room: Room): Map<Occupant, Wishes> => {
      const known = wishesOf.get(room) ?? new Map<Occupant, Wishes>();
      wishesOf.set(room, known);
      return known;
    };

    /** By speaker, the languages in which somebody wants to hear it, and who does. */
    const wanted = (room: Room) => {
      const all = new Map<string, { readonly languages: Set<string>; readonly listeners: string[] }>();
      for (const [listener, wishes] of wishesIn(room)) {
        for (const [speaker, spoken] of wishes) {
          const one = all.get(speaker) ?? { languages: new Set(), listeners: [] };
          all.set(speaker, one);
          one.languages.add(spoken);
          one.listeners.push(listener.nick);
        }
      }
      return all;
    };

    const tell = (room: Room): void => {
      timers.delete(room);
      if (room.state === 'gone') return;
      const all = wanted(room);
      const requests = [...all].map(([speaker, { languages }]) => [speaker, [...languages].sort()] as const);
      metadata.setForFocus(room, 'audioTranslationRequests', Object.fromEntries(requests));
      for (const speaker of room.occupants) {
        const listeners = JSON.stringify(all.get(speaker.nick)?.listeners.sort() ?? []);
        if ((told.get(speaker) ?? '[]') === listeners) continue;
        told.set(speaker, listeners);
        const notice = el('translation-listeners', { xmlns: NS.jitmeet }, listeners);
        const message = el('message', { from: component.host.name }, notice);
        deliver(muc, speaker.sessions, new Broadcast(message));
      }
    };

    const changed = (room: Room): void => {
      if (!timers.has(room)) timers.set(room, setTimeout(() => tell(room), settings.gather).unref());
    };

    const isSpeaker = (room: Room, nick: string): boolean => {
      const speaker = room.occupant(nick);
      return speaker !== undefined && !muc.isAdmin(speaker.person);
    };

    /** All of a delta or nothing of it. */
    const receive = (event: StanzaEvent, said: Element): StanzaError | undefined => {
      const seat = component.seat(event);
      if (seat === undefined) return stanzaError('forbidden', 'Not in the room');
      const { room, occupant } = seat;
      if (permissions.of(room, occupant).get('live-translation-subscribe') === false)
        return stanzaError('forbidden');
      if (state.parse(metadata.get(room, 'audioTranslation') ?? {}).enabled === false) return undefined;
      const parsed = delta.safeParse(jsonOf(said, maxDelta));
      if (!parsed.success) return stanzaError('bad-request');
      const wishes = new Map(wishesIn(room).get(occupant));
      for (const [speaker, spoken] of Object.entries(parsed.data)) {
        if (spoken === '') wishes.delete(speaker);
        else if (isSpeaker(room, speaker)) wishes.set(speaker, spoken);
        else return stanzaError('item-not-found', 'There is no such speaker');
      }
      if (wishes.size > settings.subscriptions) return policyViolation('Too many speakers');
      const others = [...wishesIn(room)].filter(([listener]) => listener !== occupant);
      for (const [speaker, spoken] of wishes) {
        const languages = new Set(others.flatMap(([, each]) => each.get(speaker) ?? []));
        if (languages.add(spoken).size > settings.languages) return policyViolation('Too many languages');
      }
      if (wishes.size === 0) wishesIn(room).delete(occupant);
      else wishesIn(room).set(occupant, wishes);
      changed(room);
      return undefined;
    };

    context.onUnload(component.commands('audio-translation', NS.jitmeet, receive));
    context.onUnload(
      muc.hooks.on('left', ({ room, occupant }) => {
        if (room.occupant(occupant.nick) === occupant || !wishesOf.has(room)) return;
        const wishes = wishesIn(room);
        let isChanged = wishes.delete(occupant);
        for (const each of wishes.values()) isChanged = each.delete(occupant.nick) || isChanged;
        if (isChanged) changed(room);
      }),
    );
    context.onUnload(() => {
      for (const timer of timers.values()) clearTimeout(timer);
    });
  },
});

function policyViolation(text: string): StanzaError {
  return { ...stanzaError('policy-violation', text), type: 'cancel' };
}
