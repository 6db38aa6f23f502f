/**
 * Polls at a visitor node: visitors are told what the meeting's component tells the node, newcomers what was told before, and what they
 * vote is passed on to that component. Visitors ask nothing themselves.
 */
import { el, type Element, makeJid, NS, stanzaError, type StanzaError } from '@conclave/signaling';
import { z } from 'zod';
import type { StanzaEvent } from '../host/host.js';
import { defineModule } from '../host/module.js';
import type { Muc, Room } from '../muc/index.js';
import { Component, componentOptions } from './component.js';
import { nameOf } from './display-name.js';
import { envelopeOf, type JsonObject, jsonOf } from './json-message.js';
import { newPoll, PollBook, pollVote } from './poll-book.js';
import { isVisitor } from './visitor-hands.js';

const options = z.strictObject({
  ...componentOptions,
  /** Of the server of the meetings: the host of its rooms, and its polls. */
  main: z.strictObject({ rooms: z.string(), polls: z.string() }),
  /** Characters of JSON of a visitor's message, exclusive. */
  messageSize: z.int().positive().default(1024),
});

/** Before the room looks at what comes for it. */
const first = 100;

const said = { senderId: z.string(), senderName: z.string() };
const told = z.discriminatedUnion('command', [
  newPoll.extend(said),
  pollVote.extend(said),
  z.object({
    command: z.literal('old-polls'),
    polls: z.array(
      newPoll.omit({ command: true }).extend({
        ...said,
        answers: z.array(
          z.object({ name: z.string(), voters: z.array(z.object({ id: z.string(), name: z.string() })) }),
        ),
      }),
    ),
  }),
]);
type Told = z.output<typeof told>;
type Past = Extract<Told, { command: 'old-polls' }>['polls'][number];

/** The server of the meeting sees to limits. */
const unlimited = { polls: Infinity, votes: Infinity };

export const visitorNodePolls = defineModule<z.output<typeof options>>({
  name: 'visitor-node-polls',
  needs: ['muc', 'visitor-room'],
  permanent: true,
  options,
  load(context, settings) {
    const { main, announcedBy, messageSize } = settings;
    const muc = context.module<Muc>('muc');
    const component = new Component(context, 'polls', settings);
    const node = context.neighbour(announcedBy).host;
    const books = new WeakMap<Room, PollBook>();

    const note = (room: Room, said: Told): void => {
      const book = books.get(room) ?? new PollBook(unlimited);
      books.set(room, book);
      if (said.command === 'old-polls') for (const poll of said.polls) restore(book, poll);
      else if (said.command === 'new-poll') book.ask({ id: said.senderId, name: said.senderName }, said);
      else book.vote({ id: said.senderId, name: said.senderName }, said);
    };

    const tellVisitors = (room: Room, payload: JsonObject): void => {
      const visitors = [...room.occupants].filter(isVisitor);
      component.tell(
        muc,
        visitors.flatMap(({ sessions }) => [...sessions]),
        { ...payload, roomJid: room.jid.toString() },
      );
    };

    /** What the component of the meeting says. */
    const listen = ({ stanza, from, to, origin }: StanzaEvent): true | undefined => {
      if (from.toString() !== main.polls || origin !== undefined || to.local === undefined) return undefined;
      const room = muc.room(to);
      const envelope = envelopeOf(stanza);
      const payload = envelope && jsonOf(envelope, Infinity);
      const parsed = told.safeParse(payload).data;
      if (room === undefined || payload === undefined || parsed === undefined) return true;
      note(room, parsed);
      if (parsed.command !== 'old-polls') tellVisitors(room, payload);
      return true;
    };

    const receive = (event: StanzaEvent, envelope: Element): StanzaError | undefined => {
      const seat = component.seat(event);
      if (seat === undefined || !isVisitor(seat.occupant)) return stanzaError('forbidden');
      const json = jsonOf(envelope, messageSize - 1);
      if (json?.['type'] !== 'polls' || envelopeOf(event.stanza) === undefined)
        return stanzaError('bad-request');
      if (json['command'] === 'new-poll') return stanzaError('not-allowed', 'Visitors ask nothing');
      const vote = pollVote.safeParse(json).data;
      if (vote === undefined) return stanzaError('bad-request');
      const { room, occupant } = seat;
      if (books.get(room)?.has(vote.pollId) !== true) return stanzaError('item-not-found');
      const voter = { senderId: occupant.nick, senderName: nameOf(occupant) };
      const roomJid = makeJid(room.jid.local, main.rooms).toString();
      const passedOn = JSON.stringify({ type: 'polls', ...vote, ...voter, roomJid });
      node.route(
        el(
          'message',
          { from: node.name, to: main.polls },
          el('json-message', { xmlns: NS.jitmeet }, passedOn),
        ),
      );
      return undefined;
    };

    context.onUnload(context.host.hooks.on('message', listen, first));
    context.onUnload(component.commands('json-message', undefined, receive));
    context.onUnload(
      muc.hooks.on('entered', ({ room, occupant, session }) => {
        const past = isVisitor(occupant) ? books.get(room)?.past() : undefined;
        if (past !== undefined) component.tell(muc, [session], past);
      }),
    );
  },
});

function restore(book: PollBook, { pollId, question, answers, senderId, senderName }: Past): void {
  book.ask({ id: senderId, name: senderName }, { command: 'new-poll', pollId, question, answers });
  const voters = new Map(answers.flatMap((each) => each.voters.map((voter) => [voter.id, voter] as const)));
  for (const voter of voters.values()) {
    const chosen = answers.map((answer) => answer.voters.some(({ id }) => id === voter.id));
    book.vote(voter, { command: 'answer-poll', pollId, answers: chosen });
  }
}
