/**
 * Polls (Jitsi's `polls`): questions with answers to choose from. The component keeps them and the votes for as long as the room lives,
 * and passes both on to all in the room.
 */
import { type Element, stanzaError, type StanzaError } from '@conclave/signaling';
import { z } from 'zod';
import type { StanzaEvent } from '../host/host.js';
import { defineModule } from '../host/module.js';
import type { Room } from '../muc/index.js';
import type { Occupant } from '../muc/occupant.js';
import { breakoutOption, Component, componentOptions, type Seat } from './component.js';
import { shownName } from './display-name.js';
import { envelopeOf, jsonOf } from './json-message.js';
import type { Permissions } from './permissions.js';
import type { RoomMetadata } from './room-metadata.js';

const options = z.strictObject({
  ...componentOptions,
  ...breakoutOption,
  /** Characters of JSON of one message, exclusive. */
  messageSize: z.int().positive().default(1024),
  /** Polls a room. */
  polls: z.int().positive().default(128),
});

const id = z.string().min(1).max(64);
const command = z.discriminatedUnion('command', [
  z.object({
    command: z.literal('new-poll'),
    pollId: id,
    question: z.string(),
    answers: z.array(z.object({ name: z.string() })).min(1),
  }),
  z.object({ command: z.literal('answer-poll'), pollId: id, answers: z.array(z.boolean()).min(1) }),
]);
type Command = z.output<typeof command>;

interface Poll {
  readonly senderId: string;
  readonly senderName: string;
  readonly question: string;
  readonly answers: readonly {
    readonly name: string;
    /** By nickname: the name shown. */
    readonly voters: Map<string, string>;
  }[];
}

declare module '../muc/events.js' {
  interface MucEvents {
    /** A question has been asked, or answered. */
    polled: {
      payload: {
        readonly room: Room;
        readonly occupant: Occupant;
        readonly poll:
          | { readonly id: string; readonly question: string; readonly answers: readonly string[] }
          | { readonly id: string; readonly chosen: readonly boolean[] };
      };
      result: never;
    };
  }
}

const restriction = z.object({ pollCreationRestricted: z.boolean().optional() }).catch({});

export const polls = defineModule<z.output<typeof options>>({
  name: 'polls',
  needs: ['muc', 'room-metadata', 'permissions'],
  permanent: true,
  options,
  load(context, settings) {
    const metadata = context.module<RoomMetadata>('room-metadata');
    const permissions = context.module<Permissions>('permissions');
    const component = new Component(context, 'polls', settings);
    const pollsOf = new WeakMap<Room, Map<string, Poll>>();

    const create = (
      { muc, room, occupant }: Seat,
      { pollId, question, answers }: Extract<Command, { command: 'new-poll' }>,
    ): StanzaError | undefined => {
      const { pollCreationRestricted } = restriction.parse(metadata.get(room, 'permissions') ?? {});
      if (pollCreationRestricted === true && !permissions.allow(room, occupant, 'create-polls')) {
        return stanzaError('not-allowed', 'Polls are for some only');
      }
      const there = pollsOf.get(room) ?? new Map<string, Poll>();
      pollsOf.set(room, there);
      if (there.has(pollId)) return stanzaError('not-allowed', 'There is a poll of that id');
      if (there.size >= settings.polls) return stanzaError('resource-constraint', 'Too many polls');
      const senderId = occupant.nick;
      const names = answers.map(({ name }) => ({ name }));
      there.set(pollId, {
        senderId,
        senderName: shownName(room, occupant),
        question,
        answers: names.map(({ name }) => ({ name, voters: new Map() })),
      });
      const poll = { pollId, senderId, senderName: shownName(room, occupant), question, answers: names };
      component.tellAll(muc, room, {
        type: 'polls',
        command: 'new-poll',
        roomJid: room.jid.toString(),
        ...poll,
      });
      const asked = { id: pollId, question, answers: names.map(({ name }) => name) };
      muc.hooks.emit('polled', { room, occupant, poll: asked });
      return undefined;
    };

    const vote = (
      { muc, room, occupant }: Seat,
      { pollId, answers }: Extract<Command, { command: 'answer-poll' }>,
    ): StanzaError | undefined => {
      const poll = pollsOf.get(room)?.get(pollId);
      if (poll === undefined) return stanzaError('item-not-found', 'There is no such poll');
      if (answers.length !== poll.answers.length) return stanzaError('bad-request');
      const senderName = shownName(room, occupant);
      const isChosen = (index: number): boolean => answers[index] === true;
      const before = poll.answers.map(({ voters }) => voters.has(occupant.nick));
      if (before.every((chosen, index) => chosen === isChosen(index))) return undefined;
      poll.answers.forEach(({ voters }, index) => {
        if (isChosen(index)) voters.set(occupant.nick, senderName);
        else voters.delete(occupant.nick);
      });
      const said = { pollId, roomJid: room.jid.toString(), senderId: occupant.nick, senderName, answers };
      component.tellAll(muc, room, { type: 'polls', command: 'answer-poll', ...said });
      muc.hooks.emit('polled', { room, occupant, poll: { id: pollId, chosen: answers } });
      return undefined;
    };

    const receive = (event: StanzaEvent, envelope: Element): StanzaError | undefined => {
      const json = jsonOf(envelope, settings.messageSize - 1);
      if (json === undefined || envelopeOf(event.stanza) === undefined) return stanzaError('bad-request');
      const parsed = command.safeParse(json);
      if (json['type'] !== 'polls' || !parsed.success) return stanzaError('bad-request');
      const seat = component.seat(event);
      if (seat === undefined) return stanzaError('forbidden', 'Not in a conference');
      return parsed.data.command === 'new-poll' ? create(seat, parsed.data) : vote(seat, parsed.data);
    };

    const past = (there: ReadonlyMap<string, Poll>) => ({
      type: 'polls',
      command: 'old-polls',
      polls: [...there].map(([pollId, { senderId, senderName, question, answers }]) => ({
        pollId,
        senderId,
        senderName,
        question,
        answers: answers.map(({ name, voters }) => ({
          name,
          voters: [...voters].map(([voter, shown]) => ({ id: voter, name: shown })),
        })),
      })),
    });

    context.onUnload(component.commands('json-message', undefined, receive));
    for (const muc of component.services) {
      context.onUnload(
        muc.hooks.on('entered', ({ room, session }) => {
          const there = pollsOf.get(room);
          if (there !== undefined && there.size > 0) component.tell(muc, [session], past(there));
        }),
      );
    }
  },
});
