/**
 * How much may be said in a conference (Jitsi's `muc_limit_messages`, and more): how long a message, how many of one person in a minute, to the
 * group and in private together, and how many in the whole meeting. What programs say has no body, and does not count.
 */
import { el, stanzaError, type Element, type StanzaError } from '@conclave/signaling';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import type { Muc, Room } from '../muc/index.js';
import { announceInRoom } from '../muc/messages.js';
import type { Occupant } from '../muc/occupant.js';
import { Attempts } from './attempts.js';

const count = z.int().positive();
const options = z.strictObject({
  /** Characters of a message. */
  characters: count.default(10_000),
  /** Messages and reactions of one person in a minute. */
  perMinute: count.default(60),
  /** Messages of all people in one meeting. Default: as many as they like. */
  perMeeting: count.optional(),
  /** Domains whose people may say more: as soon as one of them has spoken there is no limit to the meeting any more, nor where a token says who spoke. */
  unlimited: z.array(z.string()).default([]),
});

const reactionsNamespace = 'urn:xmpp:reactions:0';
/** Of one message (XEP-0444), and characters of each: an emoji may be made of several. */
const reactionsPerMessage = 20;
const reactionLength = 64;
const minute = 60_000;

/** All that a message says, in whatever languages. */
function lengthOf(stanza: Element): number {
  return stanza.getChildren('body').reduce((sum, body) => sum + body.getText().length, 0);
}

function badReactions(stanza: Element): boolean {
  const reactions = stanza.getChild('reactions', reactionsNamespace)?.getChildren('reaction') ?? [];
  return (
    reactions.length > reactionsPerMessage ||
    reactions.some((reaction) => reaction.getText().length > reactionLength)
  );
}

function isSpeech(stanza: Element): boolean {
  return (
    stanza.attrs['type'] !== 'error' &&
    (stanza.getChild('body') !== undefined || stanza.getChild('reactions', reactionsNamespace) !== undefined)
  );
}

/** Before the message is passed on, and after those who may not speak at all were refused. */
const late = -20;

export const messageLimits = defineModule<z.output<typeof options>>({
  name: 'message-limits',
  needs: ['muc'],
  options,
  load(context, { characters, perMinute, perMeeting, unlimited }) {
    const muc = context.module<Muc>('muc');
    const exempt = new Set(unlimited);
    const spoken = new Attempts(perMinute, minute);
    /** How many there have been; `Infinity`: they are not counted any more. */
    const inMeeting = new WeakMap<Room, number>();

    const isKnown = ({ person, primary }: Occupant): boolean =>
      exempt.has(person.domain) || primary.origin?.identity?.user !== undefined;

    const takePart = (room: Room, occupant: Occupant): StanzaError | undefined => {
      if (perMeeting === undefined) return undefined;
      const before = inMeeting.get(room) ?? 0;
      if (before === Infinity) return undefined;
      if (isKnown(occupant)) {
        inMeeting.set(room, Infinity);
        return undefined;
      }
      if (before < perMeeting) {
        inMeeting.set(room, before + 1);
        return undefined;
      }
      if (before === perMeeting) {
        inMeeting.set(room, before + 1);
        announceInRoom(muc, room, el('body', {}, 'This meeting has had all the messages that it may have.'));
      }
      return stanzaError('not-allowed', 'This meeting has had all the messages that it may have');
    };

    const check = (room: Room, occupant: Occupant, stanza: Element): StanzaError | undefined => {
      if (muc.isAdmin(occupant.person) || !isSpeech(stanza)) return undefined;
      if (badReactions(stanza)) return stanzaError('not-acceptable', 'Too many reactions, or too long ones');
      if (lengthOf(stanza) > characters)
        return stanzaError('not-acceptable', `Messages have ${characters} characters at most`);
      if (!spoken.take(`${room.id} ${occupant.person.toString()}`, muc.now()))
        return stanzaError('resource-constraint', 'Too many messages: wait a minute');
      return takePart(room, occupant);
    };

    context.onUnload(
      muc.hooks.on('groupchat', ({ room, occupant, stanza }) => check(room, occupant, stanza), late),
    );
    context.onUnload(
      muc.hooks.on('private-message', ({ room, occupant, stanza }) => check(room, occupant, stanza), late),
    );
  },
});
