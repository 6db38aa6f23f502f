/** The polls of a meeting for its visitors: nodes are told of them by the component, and it counts the votes that they pass on. */
import { makeJid, tryParseJid } from '@conclave/signaling';
import { z } from 'zod';
import type { StanzaEvent } from '../host/host.js';
import { defineModule } from '../host/module.js';
import type { Muc, Room } from '../muc/index.js';
import { cleanName } from './display-name.js';
import { envelopeOf, jsonMessage, type JsonObject, jsonOf } from './json-message.js';
import { pollVote } from './poll-book.js';
import type { Polls } from './polls.js';
import type { VisitorNode } from './visitor-nodes.js';
import type { Visits } from './visitors.js';

/** Before the component looks for the sender among the people of its rooms. */
const first = 100;
/** Characters of JSON of a vote with who casts it. */
const voteLength = 8192;
const passedOn = pollVote.extend({
  roomJid: z.string(),
  senderId: z.string().min(1),
  senderName: z.string(),
});

export const visitorPolls = defineModule({
  name: 'visitor-polls',
  needs: ['muc', 'polls', 'visitors'],
  permanent: true,
  options: z.strictObject({}),
  load(context) {
    const muc = context.module<Muc>('muc');
    const polls = context.module<Polls>('polls');
    const visits = context.module<Visits>('visitors');

    const tell = (room: Room, { rooms }: VisitorNode, payload: JsonObject): void => {
      const message = jsonMessage(polls.host.name, payload);
      message.attrs['to'] = makeJid(room.jid.local, rooms).toString();
      polls.host.route(message);
    };

    /** Only a node says who votes. */
    const receive = ({ stanza, from, origin }: StanzaEvent): true | undefined => {
      if (origin !== undefined || from.local !== undefined || !from.isBare) return undefined;
      const envelope = envelopeOf(stanza);
      const vote = passedOn.safeParse(envelope && jsonOf(envelope, voteLength)).data;
      const address = tryParseJid(vote?.roomJid ?? '');
      const room = address && muc.room(address);
      if (vote === undefined || room === undefined) return undefined;
      // A node speaks of its own visitors, and nobody in the meeting is one.
      const isKnown = visits.byHost(room, from.domain) !== undefined;
      if (!isKnown || room.occupant(vote.senderId) !== undefined) return true;
      const name = room.keepsNamesFrom === undefined ? cleanName(vote.senderName) : '';
      polls.voteOfVisitor(room, { id: vote.senderId, name, node: from.domain }, vote);
      return true;
    };

    context.onUnload(polls.host.hooks.on('message', receive, first));
    context.onUnload(
      muc.hooks.on('visitors-coming', ({ room, node }) => {
        const past = polls.past(room);
        if (past !== undefined) tell(room, node, past);
      }),
    );
    context.onUnload(
      muc.hooks.on('poll-told', ({ room, payload }) => {
        for (const node of visits.of(room).values()) tell(room, node, payload);
      }),
    );
  },
});
