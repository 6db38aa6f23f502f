/**
 * Messages that are taken back or changed after they were said, as Jitsi's clients do it (its `muc_message_moderation`): they speak of a message
 * by the id that its sender gave it, moderate in a groupchat message (an older form of XEP-0425), and send changes as JSON. Here
 * that becomes XEP-0424, XEP-0425 and XEP-0308 as other clients have it, and the other way round. One's own messages only; moderators take back anybody's.
 */
import {
  attribute,
  type Element,
  el,
  isStanzaError,
  NS,
  stanzaError,
  type StanzaError,
} from '@conclave/signaling';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import { stableIdBy } from '../modules/archive/stable-id.js';
import { Broadcast } from '../muc/broadcast.js';
import { retractForAll } from '../muc/concerns/moderation.js';
import { deliver } from '../muc/delivery.js';
import type { Muc, Room } from '../muc/index.js';
import { sayNow } from '../muc/messages.js';
import type { Occupant } from '../muc/occupant.js';
import { jsonOf } from './json-message.js';
import { type Spoken, SpokenMessages } from './spoken.js';

const options = z.strictObject({
  /** Messages of a room whose authors are remembered; older ones cannot be changed, nor taken back by their authors. */
  messages: z.int().positive().default(1000),
});

const retractNamespace = 'urn:xmpp:message-retract:1';
const moderateNamespace = 'urn:xmpp:message-moderate:1';
const correctNamespace = 'urn:xmpp:message-correct:0';
const fastenNamespace = 'urn:xmpp:fasten:0';
const hints = 'urn:xmpp:hints';

/** Characters of an id that is remembered. */
const idLength = 256;
/** Characters of JSON of a change. */
const editLength = 65_536;

const edit = z.object({
  type: z.literal('EDIT_CHAT_MESSAGE'),
  messageId: z.string().min(1),
  message: z.string(),
});

/** Most of what programs say is no change, and need not be parsed to know that; letters may be written by number. */
const mayEdit = /EDIT_CHAT_MESSAGE|\\u/;

/** What a message does to another that was said before. */
type Deed =
  | { readonly kind: 'retract' | 'moderate'; readonly id: string; readonly reason?: string | undefined }
  | { readonly kind: 'correct' | 'edit'; readonly id: string; readonly body: string };

function deedOf(message: Element): Deed | 'forged' | undefined {
  const applied = message.getChild('apply-to', fastenNamespace);
  const moderated = applied?.getChild('moderated', moderateNamespace);
  if (applied !== undefined && moderated?.getChild('retract', retractNamespace) !== undefined) {
    const reason = applied.getChildText('reason') ?? moderated.getChildText('reason') ?? undefined;
    return { kind: 'moderate', id: attribute(applied, 'id') ?? '', reason };
  }
  const retract = message.getChild('retract', retractNamespace);
  // Only the room says that a moderator has done something.
  if (moderated !== undefined || retract?.getChild('moderated') !== undefined) return 'forged';
  if (retract !== undefined) return { kind: 'retract', id: attribute(retract, 'id') ?? '' };
  const replace = message.getChild('replace', correctNamespace);
  const body = message.getChildText('body') ?? undefined;
  if (replace !== undefined && body !== undefined)
    return { kind: 'correct', id: attribute(replace, 'id') ?? '', body };
  // Jitsi's clients read it also where there is a body.
  const envelope = message.getChild('json-message', NS.jitmeet);
  if (envelope === undefined || !mayEdit.test(envelope.getText())) return undefined;
  const edited = edit.safeParse(jsonOf(envelope, editLength));
  return edited.success ? { kind: 'edit', id: edited.data.messageId, body: edited.data.message } : undefined;
}

/** After all that may refuse a message; before the subject. */
const afterObjections = -50;

export const messageModeration = defineModule<z.output<typeof options>>({
  name: 'message-moderation',
  needs: ['muc'],
  permanent: true,
  options,
  load(context, settings) {
    const muc = context.module<Muc>('muc');
    const spoken = new WeakMap<Room, SpokenMessages>();
    const spokenIn = (room: Room): SpokenMessages => {
      const known = spoken.get(room) ?? new SpokenMessages(settings.messages);
      spoken.set(room, known);
      return known;
    };

    /** The sender's own message of that id; what has become too old to know lasts only in an archive, whose own rules hold for it. */
    const ownOf = (room: Room, occupant: Occupant, id: string): Spoken | StanzaError | undefined => {
      const meant = spokenIn(room).called(id);
      const own = meant.find(({ author }) => author === occupant.person.toString());
      if (own?.retracted === true) return stanzaError('not-allowed', 'It was taken back');
      if (own !== undefined) return own;
      if (meant.length > 0) return stanzaError('forbidden', 'Not your message');
      return room.config.archived
        ? undefined
        : stanzaError('item-not-found', 'Nobody remembers that message');
    };

    const moderate = (room: Room, occupant: Occupant, id: string, reason?: string): StanzaError | true => {
      if (occupant.role !== 'moderator') return stanzaError('forbidden');
      const meant = spokenIn(room).called(id);
      const ids = meant.length === 0 ? [id] : meant.map(({ stableId }) => stableId);
      for (const each of ids) {
        const refused = retractForAll(muc, room, occupant, { id: each, reason });
        if (refused !== undefined) return refused;
      }
      return true;
    };

    /** Clients tell messages apart by their ids: nobody says something under the id of somebody else's. */
    const remembersBadly = (room: Room, occupant: Occupant, stanza: Element): StanzaError | undefined => {
      const id = attribute(stanza, 'id');
      if (id === undefined || stanza.getChild('body') === undefined) return undefined;
      if (id.length > idLength) return stanzaError('not-acceptable', 'Id too long');
      const isTaken = spokenIn(room).isOfAnother(id, occupant.person.toString());
      return isTaken ? stanzaError('conflict', 'There is a message of that id') : undefined;
    };

    context.onUnload(
      muc.hooks.on(
        'groupchat',
        ({ room, occupant, stanza }) => {
          const clash = remembersBadly(room, occupant, stanza);
          const deed = deedOf(stanza);
          if (clash !== undefined || deed === undefined) return clash;
          if (deed === 'forged') return stanzaError('forbidden');
          if (deed.id === '' || deed.id.length > idLength) return stanzaError('bad-request');
          if (deed.kind === 'moderate') return moderate(room, occupant, deed.id, deed.reason);
          const own = ownOf(room, occupant, deed.id);
          if (isStanzaError(own)) return own;
          if (own === undefined || !('body' in deed)) return undefined;
          room.history.rewrite(own.stableId, room.jid, deed.body);
          if (deed.kind === 'edit') return undefined;
          // Newcomers read the new words in the old place, and not a second time.
          muc.hooks.emit('attributed', { room, occupant, stanza });
          sayNow(muc, room, stanza, occupant.person);
          return true;
        },
        afterObjections,
      ),
    );

    context.onUnload(
      muc.hooks.on('private-message', ({ room, occupant, stanza }) => {
        const deed = deedOf(stanza);
        if (deed === undefined) return undefined;
        if (deed === 'forged' || deed.kind === 'moderate') return stanzaError('forbidden');
        // Whatever it says of messages that only the two have seen; of what was said to all it says nothing but the truth.
        const meant = spokenIn(room).called(deed.id);
        const isOwn = meant.some(({ author }) => author === occupant.person.toString());
        return meant.length === 0 || isOwn ? undefined : stanzaError('forbidden', 'Not your message');
      }),
    );

    context.onUnload(
      muc.hooks.on('said', ({ room, stanza, author }) => {
        const id = attribute(stanza, 'id');
        const stableId = stableIdBy(stanza, room.jid);
        if (author === undefined || id === undefined || stableId === undefined) return;
        const deed = deedOf(stanza);
        if (deed === undefined && stanza.getChild('body') !== undefined)
          spokenIn(room).add(id, stableId, author.toString());
        if (deed === undefined || deed === 'forged' || deed.kind !== 'retract') return;
        const own = spokenIn(room)
          .called(deed.id)
          .find((each) => each.author === author.toString());
        if (own === undefined) return;
        own.retracted = true;
        if (own.id === own.stableId) return;
        const other = deed.id === own.stableId ? own.id : own.stableId;
        if (other === own.stableId) {
          const stamp = new Date(muc.now()).toISOString();
          const tombstone = el('retracted', { xmlns: retractNamespace, id, stamp });
          muc.hooks.emit('retracted', { room, id: own.stableId, author, tombstone });
        }
        const translated = el(
          'message',
          { type: 'groupchat', from: attribute(stanza, 'from') },
          el('retract', { xmlns: retractNamespace, id: other }),
          ...stanza.getChildren('occupant-id', NS.occupantId),
          el('no-store', { xmlns: hints }),
        );
        deliver(muc, room.sessions(), new Broadcast(translated));
      }),
    );

    // As Jitsi's clients understand it.
    context.onUnload(
      muc.hooks.on('retracted', ({ room, id, author, tombstone }) => {
        if (author !== undefined) return;
        const [meant] = spokenIn(room).called(id);
        if (meant !== undefined) meant.retracted = true;
        const moderated = tombstone.getChild('moderated', moderateNamespace);
        const reason = tombstone.getChild('reason');
        const message = el(
          'message',
          { type: 'groupchat', from: room.jid.toString() },
          el(
            'apply-to',
            { xmlns: fastenNamespace, id: meant?.id ?? id },
            el(
              'moderated',
              { xmlns: moderateNamespace, by: moderated && attribute(moderated, 'by') },
              el('retract', { xmlns: retractNamespace }),
              reason === undefined ? undefined : el('reason', {}, reason.getText()),
            ),
          ),
          el('no-store', { xmlns: hints }),
        );
        deliver(muc, room.sessions(), new Broadcast(message));
      }),
    );

    context.onUnload(
      muc.hooks.on('described', ({ fields }) => {
        fields.push({
          var: 'muc#roominfo_messageModerationEnabled',
          type: 'boolean',
          label: 'Moderators take messages back',
          values: ['1'],
        });
      }),
    );
  },
});
