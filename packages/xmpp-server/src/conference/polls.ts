/**
 * Polls (Jitsi's `polls`): questions with answers to choose from. The component keeps them and the votes for as long as the room lives,
 * and passes both on to all in the room.
 */
import { type Element, isStanzaError, stanzaError, type StanzaError } from '@conclave/signaling';
import { z } from 'zod';
import type { Host, StanzaEvent } from '../host/host.js';
import { defineModule } from '../host/module.js';
import type { Muc, Room } from '../muc/index.js';
import type { Occupant } from '../muc/occupant.js';
import { breakoutOption, Component, componentOptions, type Seat } from './component.js';
import { shownName } from './display-name.js';
import { envelopeOf, type JsonObject, jsonOf } from './json-message.js';
import type { Permissions } from './permissions.js';
import { newPoll, type NewPoll, PollBook, pollVote, type PollVote, type Voter } from './poll-book.js';
import type { RoomMetadata } from './room-metadata.js';

const options = z.strictObject({
  ...componentOptions,
  ...breakoutOption,
  /** Characters of JSON of one message, exclusive. */
  messageSize: z.int().positive().default(1024),
  /** Polls a room. */
  polls: z.int().positive().default(128),
  /** Answers chosen in all polls of a room together. */
  votes: z.int().positive().default(10_000),
});

const command = z.discriminatedUnion('command', [newPoll, pollVote]);

/** What the module offers to others. */
export interface Polls {
  /** The component. */
  readonly host: Host;
  /** What newcomers are told; undefined: nothing was asked. */
  past(room: Room): JsonObject | undefined;
  /** Counts the vote of a visitor of the main service's room, and tells everybody. */
  voteOfVisitor(room: Room, visitor: Voter, vote: PollVote): StanzaError | undefined;
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
    /** Everybody in the room has been told this of polls. */
    'poll-told': { payload: { readonly room: Room; readonly payload: JsonObject }; result: never };
  }
}

const restriction = z.object({ pollCreationRestricted: z.boolean().optional() }).catch({});

export const polls = defineModule<z.output<typeof options>, Polls>({
  name: 'polls',
  needs: ['muc', 'room-metadata', 'permissions'],
  permanent: true,
  options,
  load(context, settings) {
    const metadata = context.module<RoomMetadata>('room-metadata');
    const permissions = context.module<Permissions>('permissions');
    const component = new Component(context, 'polls', settings);
    const books = new WeakMap<Room, PollBook>();

    const tellAll = (muc: Muc, room: Room, payload: JsonObject): void => {
      component.tellAll(muc, room, payload);
      muc.hooks.emit('poll-told', { room, payload });
    };

    const ask = ({ muc, room, occupant }: Seat, asked: NewPoll): StanzaError | undefined => {
      const { pollCreationRestricted } = restriction.parse(metadata.get(room, 'permissions') ?? {});
      if (pollCreationRestricted === true && !permissions.allow(room, occupant, 'create-polls')) {
        return stanzaError('not-allowed', 'Polls are for some only');
      }
      const book = books.get(room) ?? new PollBook(settings);
      books.set(room, book);
      const sender = { id: occupant.nick, name: shownName(room, occupant) };
      const refused = book.ask(sender, asked);
      if (refused !== undefined) return refused;
      const { pollId, question } = asked;
      const answers = asked.answers.map(({ name }) => ({ name }));
      const said = { pollId, senderId: sender.id, senderName: sender.name, question, answers };
      tellAll(muc, room, { type: 'polls', command: 'new-poll', roomJid: room.jid.toString(), ...said });
      const poll = { id: pollId, question, answers: answers.map(({ name }) => name) };
      muc.hooks.emit('polled', { room, occupant, poll });
      return undefined;
    };

    /** Whether that changes anything; then everybody is told. */
    const count = (muc: Muc, room: Room, voter: Voter, vote: PollVote): boolean | StanzaError => {
      const counted = books.get(room)?.vote(voter, vote) ?? stanzaError('item-not-found');
      if (counted !== true) return counted;
      const { pollId, answers } = vote;
      const said = { roomJid: room.jid.toString(), senderId: voter.id, senderName: voter.name, answers };
      tellAll(muc, room, { type: 'polls', command: 'answer-poll', pollId, ...said });
      return true;
    };

    const vote = ({ muc, room, occupant }: Seat, said: PollVote): StanzaError | undefined => {
      const counted = count(muc, room, { id: occupant.nick, name: shownName(room, occupant) }, said);
      if (isStanzaError(counted)) return counted;
      const poll = { id: said.pollId, chosen: said.answers };
      if (counted) muc.hooks.emit('polled', { room, occupant, poll });
      return undefined;
    };

    const receive = (event: StanzaEvent, envelope: Element): StanzaError | undefined => {
      const json = jsonOf(envelope, settings.messageSize - 1);
      if (json === undefined || envelopeOf(event.stanza) === undefined) return stanzaError('bad-request');
      const parsed = command.safeParse(json);
      if (json['type'] !== 'polls' || !parsed.success) return stanzaError('bad-request');
      const seat = component.seat(event);
      if (seat === undefined) return stanzaError('forbidden', 'Not in a conference');
      return parsed.data.command === 'new-poll' ? ask(seat, parsed.data) : vote(seat, parsed.data);
    };

    context.onUnload(component.commands('json-message', undefined, receive));
    for (const muc of component.services) {
      context.onUnload(
        muc.hooks.on('entered', ({ room, session }) => {
          const past = books.get(room)?.past();
          if (past !== undefined) component.tell(muc, [session], past);
        }),
      );
    }
    return {
      host: component.host,
      past: (room) => books.get(room)?.past(),
      voteOfVisitor: (room, visitor, said) => {
        const muc = component.serviceOf(room);
        const counted = muc === undefined ? stanzaError('item-not-found') : count(muc, room, visitor, said);
        return isStanzaError(counted) ? counted : undefined;
      },
    };
  },
});
