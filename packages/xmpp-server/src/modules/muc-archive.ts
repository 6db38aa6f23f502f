/**
 * Message Archive Management (XEP-0313) of rooms, with tombstones (XEP-0424 s.4, XEP-0425 s.5): what was said in a room whose owner wants it kept, for those in the room and its members.
 * An archive lasts as long as its room: of one that is not persistent nothing outlives the meeting.
 */
import { el, isStanzaError, type Jid, NS, stanzaError, type Element } from '@conclave/signaling';
import { parse } from 'ltx';
import type { IqReply } from '../host/host.js';
import { defineModule } from '../host/module.js';
import { booleanField } from '../muc/config-form.js';
import type { RoomIq } from '../muc/context.js';
import type { Retraction } from '../muc/events.js';
import { belongsInHistory } from '../muc/history.js';
import type { Muc, Room } from '../muc/index.js';
import { InTurn } from '../storage/in-turn.js';
import type { ArchiveItem } from '../storage/storage.js';
import { stanzaXml } from '../stream/serialize.js';
import { withAttributes } from '../stream/with-attributes.js';
import { answerMetadata, answerQuery } from './archive/answer.js';
import { expireRegularly } from './archive/expiry.js';
import { archiveOptions } from './archive/options.js';
import { archiveNamespace, extendedNamespace, queryForm } from './archive/query.js';
import { ArchiveQuota } from './archive/quota.js';
import { ReadingPace } from './archive/reading-pace.js';
import { stableIdBy } from './archive/stable-id.js';

const retractNamespace = 'urn:xmpp:message-retract:1';
const tombstones = `${retractNamespace}#tombstone`;

/** Status codes (XEP-0045 s.10.2.1): the room is archived, or is not any more. */
const nowArchived = 170;
const noLongerArchived = 171;

export const mucArchive = defineModule({
  name: 'muc-archive',
  needs: ['muc'],
  options: archiveOptions,
  load({ host, storage, onUnload, module }, settings) {
    const muc = module<Muc>('muc');
    const store = storage.archive('muc_archive');
    const quota = new ArchiveQuota(store, settings.maxItems);
    const pace = new ReadingPace(settings.reading, settings.queryCost);
    const logFailure = (error: unknown): void =>
      host.log.error({ err: error }, 'the archive of a room failed');

    const append = async (room: Room, item: ArchiveItem): Promise<void> => {
      await store.append(room.id, item);
      await quota.added(room.id);
    };

    const keep = (room: Room, author: Jid | undefined, stanza: Element): void => {
      const id = stableIdBy(stanza, room.jid);
      if (!room.config.archived || id === undefined || !belongsInHistory(stanza)) return;
      const copy = withAttributes(stanza, { to: undefined });
      const sender = author && el('x', { xmlns: NS.mucUser }, el('item', { jid: author.toString() }));
      copy.children = [...stanza.children, ...(sender === undefined ? [] : [sender])];
      const value = stanzaXml(copy);
      if (value.length > settings.maxItemSize) return;
      append(room, { id, with: String(stanza.attrs['from']), value }).catch(logFailure);
    };

    const retractions = new InTurn();
    /** Puts the tombstone in the place of what was said. A crash between the two steps leaves nothing in its place. */
    const bury = async ({ room, id, author, tombstone }: Retraction): Promise<void> => {
      const [item] = await store.find(room.id, { ids: [id] });
      if (item === undefined) return;
      const said = parse(item.value);
      if (author !== undefined && (!isBy(said, author) || isTombstone(said))) return;
      const buried = withAttributes(said, {});
      buried.children = [...said.children.filter(saysWho), tombstone];
      await store.remove(room.id, { ids: [id] });
      await store.append(room.id, { ...item, value: stanzaXml(buried) });
    };

    const forget = (room: Room): void => {
      quota.forget(room.id);
      store.remove(room.id, {}).catch(logFailure);
    };

    /** The room's archive is for those who are in it, or belong to it; the rest are not even told whether there is one. */
    const refusal = ({ room, from }: RoomIq) => {
      if (room.seat(from) === undefined && !room.isMember(from.bare)) return stanzaError('forbidden');
      return room.config.archived
        ? undefined
        : stanzaError('service-unavailable', 'The room is not archived');
    };
    const unlessRefused =
      (answer: (request: RoomIq) => IqReply | Promise<IqReply>) =>
      (request: RoomIq): IqReply | Promise<IqReply> =>
        refusal(request) ?? answer(request);

    /** What a server that was killed has left behind of rooms that are no more. */
    const forgetOthers = async (): Promise<void> => {
      const owners = await store.users();
      const rooms = await muc.roomIds();
      for (const owner of owners.filter((each) => !rooms.has(each))) await store.remove(owner, {});
    };

    const query = async (request: RoomIq): Promise<IqReply> => {
      const { room, from, payload } = request;
      // What has been taken back is not shown to whoever asks after that.
      await retractions.run(room.id, () => Promise.resolve());
      const seesAddresses = room.showsJidsTo(room.standing(from));
      return answerQuery(payload, room.id, room.jid, from, {
        archive: store,
        limits: settings,
        pace,
        // Whoever has been thrown out meanwhile does not get the rest.
        send: (message) => {
          if (!isStanzaError(refusal(request))) muc.route(message);
        },
        shown: (stanza) => (seesAddresses ? stanza : withoutSender(stanza)),
      });
    };

    onUnload(
      muc.form.add({
        ...booleanField('muc#roomconfig_enablelogging', 'archived', 'Keep what is said, to be read again?'),
        aliases: ['muc#roomconfig_enablearchiving'],
      }),
    );
    onUnload(muc.hooks.on('said', ({ room, author, stanza }) => keep(room, author, stanza)));
    onUnload(
      muc.hooks.on('retracted', (retraction) => {
        if (!retraction.room.config.archived) return;
        retractions.run(retraction.room.id, () => bury(retraction)).catch(logFailure);
      }),
    );
    onUnload(
      muc.hooks.on('entering', ({ room, codes }) => {
        if (room.config.archived) codes.add(nowArchived);
      }),
    );
    onUnload(
      muc.hooks.on('configured', ({ room, changed, codes }) => {
        if (!changed.has('archived')) return;
        codes.add(room.config.archived ? nowArchived : noLongerArchived);
        if (!room.config.archived) forget(room);
      }),
    );
    onUnload(muc.hooks.on('room-ended', forget));
    onUnload(
      muc.hooks.on('described', ({ room, features }) => {
        if (room.config.archived) features.push(archiveNamespace, extendedNamespace, tombstones);
      }),
    );
    onUnload(muc.handleIq('set', 'query', archiveNamespace, unlessRefused(query)));
    onUnload(muc.handleIq('get', 'query', archiveNamespace, unlessRefused(queryForm)));
    onUnload(
      muc.handleIq(
        'get',
        'metadata',
        archiveNamespace,
        unlessRefused(({ room }) => answerMetadata(store, room.id)),
      ),
    );
    forgetOthers().catch(logFailure);
    onUnload(expireRegularly(store, settings.days, host.log));
  },
});

const isSender = (child: Element | string): boolean => typeof child === 'object' && child.is('x', NS.mucUser);

const identifying: ReadonlySet<string> = new Set([NS.mucUser, NS.occupantId, NS.stanzaId]);

/** What is left of a message that was taken back: who said it, and which one it was. */
function saysWho(child: Element | string): boolean {
  return typeof child === 'object' && identifying.has(child.getNS() ?? '');
}

/** @param author a bare JID */
function isBy(message: Element, author: Jid): boolean {
  return message.getChild('x', NS.mucUser)?.getChild('item')?.attrs['jid'] === author.toString();
}

function isTombstone(message: Element): boolean {
  return message.getChild('retracted', retractNamespace) !== undefined;
}

function withoutSender(stanza: Element): Element {
  const copy = withAttributes(stanza, {});
  copy.children = stanza.children.filter((child) => !isSender(child));
  return copy;
}
