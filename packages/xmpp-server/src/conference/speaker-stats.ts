/**
 * Who has spoken for how long, and what faces showed (Jitsi's `speakerstats`): each client says when the bridge finds it dominant.
 * Newcomers are told of all so far.
 */
import { attribute, type Element, NS, stanzaError, type StanzaError } from '@conclave/signaling';
import { z } from 'zod';
import type { StanzaEvent } from '../host/host.js';
import { defineModule } from '../host/module.js';
import type { Room } from '../muc/index.js';
import type { Occupant } from '../muc/occupant.js';
import { breakoutOption, Component, componentOptions } from './component.js';
import { shownName } from './display-name.js';

const options = z.strictObject({
  ...componentOptions,
  ...breakoutOption,
  /** Expressions kept of each person. */
  expressions: z.int().positive().default(20),
  /** Persons kept a room; those who left first go first. */
  persons: z.int().positive().default(1000),
});

interface FaceLandmarks {
  readonly faceExpression: string;
  readonly timestamp: number;
  readonly duration: number;
}

interface Share {
  /** Known when it left. */
  displayName: string;
  /** Milliseconds, without what is under way. */
  total: number;
  readonly faces: FaceLandmarks[];
}

interface Talk {
  /** By nickname. */
  readonly shares: Map<string, Share>;
  dominant: { readonly nick: string; readonly since: number; readonly silent: boolean } | undefined;
}

/** What a person may say of its face: a word, and two numbers. */
const face = z.object({
  faceExpression: z.string().regex(/^[a-z]{1,32}$/),
  timestamp: z.coerce.number().nonnegative(),
  duration: z.coerce.number().nonnegative(),
});

export const speakerStats = defineModule<z.output<typeof options>>({
  name: 'speaker-stats',
  needs: ['muc'],
  permanent: true,
  options,
  load(context, settings) {
    const component = new Component(context, 'speakerstats', settings);
    const talks = new WeakMap<Room, Talk>();

    const talkOf = (room: Room): Talk => {
      const talk = talks.get(room) ?? { shares: new Map<string, Share>(), dominant: undefined };
      talks.set(room, talk);
      return talk;
    };

    const shareOf = (room: Room, { shares }: Talk, nick: string): Share => {
      const known = shares.get(nick);
      if (known !== undefined) return known;
      if (shares.size >= settings.persons) {
        const gone = [...shares.keys()].find((each) => room.occupant(each) === undefined);
        if (gone !== undefined) shares.delete(gone);
      }
      const share: Share = { displayName: '', total: 0, faces: [] };
      shares.set(nick, share);
      return share;
    };

    /** Ends what is under way, and counts it. */
    const pause = (room: Room, talk: Talk, now: number): void => {
      const { dominant } = talk;
      talk.dominant = undefined;
      if (dominant !== undefined && !dominant.silent) {
        shareOf(room, talk, dominant.nick).total += Math.max(0, now - dominant.since);
      }
    };

    const speak = (event: StanzaEvent, said: Element): StanzaError | undefined => {
      const seat = component.seat(event, attribute(said, 'room'));
      if (seat === undefined) return stanzaError('forbidden');
      const { muc, room, occupant } = seat;
      const talk = talkOf(room);
      const silent = attribute(said, 'silence') === 'true';
      if (talk.dominant?.nick === occupant.nick && talk.dominant.silent === silent) return undefined;
      pause(room, talk, muc.now());
      shareOf(room, talk, occupant.nick);
      talk.dominant = { nick: occupant.nick, since: muc.now(), silent };
      return undefined;
    };

    const show = (event: StanzaEvent, said: Element): StanzaError | undefined => {
      const seat = component.seat(event, attribute(said, 'room'));
      if (seat === undefined) return stanzaError('forbidden');
      const { data } = face.safeParse(said.attrs);
      if (data === undefined) return stanzaError('bad-request');
      const { faces } = shareOf(seat.room, talkOf(seat.room), seat.occupant.nick);
      faces.push(data);
      if (faces.length > settings.expressions) faces.shift();
      return undefined;
    };

    const users = (room: Room, { shares, dominant }: Talk, now: number) =>
      Object.fromEntries(
        [...shares].map(([nick, { displayName, total, faces }]) => {
          const speaks = dominant?.nick === nick && !dominant.silent;
          const occupant: Occupant | undefined = room.occupant(nick);
          return [
            nick,
            {
              displayName: occupant === undefined ? displayName : shownName(room, occupant),
              totalDominantSpeakerTime: total + (speaks ? Math.max(0, now - dominant.since) : 0),
              faceLandmarks: faces,
            },
          ];
        }),
      );

    context.onUnload(component.commands('speakerstats', NS.jitmeet, speak));
    context.onUnload(component.commands('faceLandmarks', NS.jitmeet, show));
    for (const muc of component.services) {
      context.onUnload(
        muc.hooks.on('entered', ({ room, occupant, session }) => {
          const talk = talks.get(room);
          if (talk === undefined || talk.shares.size === 0 || muc.isAdmin(occupant.person)) return;
          component.tell(muc, [session], { type: 'speakerstats', users: users(room, talk, muc.now()) });
        }),
      );
      context.onUnload(
        muc.hooks.on('left', ({ room, occupant }) => {
          const talk = talks.get(room);
          if (talk === undefined || room.occupant(occupant.nick) !== undefined) return;
          if (talk.dominant?.nick === occupant.nick) pause(room, talk, muc.now());
          const share = talk.shares.get(occupant.nick);
          if (share !== undefined) share.displayName = shownName(room, occupant);
        }),
      );
    }
  },
});
