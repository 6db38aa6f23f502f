/** The avatar of a room (XEP-0486): a vCard (XEP-0054) that an owner gives it, whose pictures are told by their hashes. */
import { createHash } from 'node:crypto';
import { el, type Element, stanzaError } from '@conclave/signaling';
import { parse } from 'ltx';
import { z } from 'zod';
import type { IqReply } from '../../host/host.js';
import type { Muc, RoomIq } from '../context.js';
import { announceChange } from '../messages.js';
import type { Room } from '../room.js';

const namespace = 'vcard-temp';

interface Card {
  readonly xml: string;
  /** Of each of its pictures (XEP-0153 s.4.1). */
  readonly hashes: readonly string[];
}

function hashesOf(vcard: Element): string[] {
  const pictures = vcard.getChildren('PHOTO').map((photo) => photo.getChildText('BINVAL') ?? '');
  return pictures
    .map((picture) => Buffer.from(picture, 'base64'))
    .filter(({ length }) => length > 0)
    .map((picture) => createHash('sha1').update(picture).digest('hex'));
}

export function avatars(muc: Muc): () => void {
  const cards = new WeakMap<Room, Card>();

  const get = ({ room, from }: RoomIq): IqReply => {
    if (!room.showsItselfTo(from)) return stanzaError('forbidden');
    const card = cards.get(room);
    return card === undefined ? el('vCard', { xmlns: namespace }) : parse(card.xml);
  };

  const set = ({ room, from, payload }: RoomIq): IqReply | Promise<IqReply> => {
    if (room.affiliation(from.bare) !== 'owner') return stanzaError('forbidden');
    const xml = payload.toString();
    if (xml.length > muc.options.limits.vcardSize) return stanzaError('policy-violation', 'vCard too large');
    if (payload.children.length === 0) cards.delete(room);
    else cards.set(room, { xml, hashes: hashesOf(payload) });
    announceChange(muc, room);
    return muc.stored(room);
  };

  const undo = [
    muc.handleIq('get', 'vCard', namespace, get),
    muc.handleIq('set', 'vCard', namespace, set),
    muc.keep({
      name: 'vcard',
      schema: z.string(),
      save: (room) => cards.get(room)?.xml,
      restore: (room, xml) => void cards.set(room, { xml, hashes: hashesOf(parse(xml)) }),
    }),
    muc.hooks.on('described', ({ room, features, fields }) => {
      features.push(namespace);
      const { hashes = [] } = cards.get(room) ?? {};
      if (hashes.length === 0) return;
      fields.push({
        var: 'muc#roominfo_avatarhash',
        type: 'text-multi',
        label: 'Avatar hash',
        values: hashes,
      });
    }),
  ];
  return () => undo.forEach((each) => each());
}
