/** Hats (XEP-0317): what somebody is in a room beside role and affiliation, shown with the presence, kept by commands of admins. */
import { createHash, randomUUID } from 'node:crypto';
import {
  attribute,
  el,
  type Element,
  encodeDataForm,
  formTypeField,
  isStanzaError,
  type Jid,
  NS,
  stanzaError,
} from '@conclave/signaling';
import type { IqReply } from '../../host/host.js';
import type { Muc, RoomIq } from '../context.js';
import { formIn } from '../forms.js';
import { announceChange } from '../messages.js';
import { announce } from '../presence.js';
import { compareAffiliations } from '../ranks.js';
import type { Room } from '../room.js';
import { hatCommands } from './hats/commands.js';
import { type Hat, storedWardrobe, Wardrobe } from './hats/wardrobe.js';

const namespace = 'urn:xmpp:hats:0';
const formType = 'urn:xmpp:hats:commands';
const commandNamespace = 'http://jabber.org/protocol/commands';
const limits = { hats: 50, worn: 1000 };

function encodeHat({ uri, title, hue }: Hat): Element {
  return el('hat', { uri, title, hue });
}

function table(title: string, columns: readonly string[], rows: readonly (readonly string[])[]): Element {
  const fields = (row?: readonly string[]) =>
    columns.map((column, i) => el('field', { var: column }, row && el('value', {}, row[i])));
  return el(
    'x',
    { xmlns: NS.dataForms, type: 'result' },
    el('title', {}, title),
    el('reported', {}, fields()),
    rows.map((row) => el('item', {}, fields(row))),
  );
}

export function hats(muc: Muc): () => void {
  const wardrobes = new WeakMap<Room, Wardrobe>();
  const wardrobeOf = (room: Room): Wardrobe => {
    const wardrobe = wardrobes.get(room) ?? new Wardrobe(limits);
    wardrobes.set(room, wardrobe);
    return wardrobe;
  };
  const rules = (room: Room, who: Jid): boolean =>
    compareAffiliations(room.standing(who).affiliation, 'admin') >= 0;
  const mayRun = (room: Room, who: Jid, node: string): boolean => {
    const command = hatCommands.get(node);
    if (command?.kind === 'listing' && !command.showsPeople) return room.showsItselfTo(who);
    return command !== undefined && rules(room, who);
  };

  const show = (room: Room, changed: readonly string[]): void => {
    const people = new Set(changed);
    for (const occupant of room.occupants) {
      if (!people.has(occupant.person.toString())) continue;
      occupant.looksDifferent();
      announce(muc, room, occupant);
    }
  };

  const run = ({ room, from, payload }: RoomIq): IqReply | Promise<IqReply> => {
    const node = attribute(payload, 'node') ?? '';
    const command = hatCommands.get(node);
    if (command === undefined) return stanzaError('item-not-found');
    if (!mayRun(room, from, node)) return stanzaError('forbidden');
    const sessionid = attribute(payload, 'sessionid') ?? randomUUID();
    const reply = (status: string, ...children: readonly Element[]): Element =>
      el('command', { xmlns: commandNamespace, node, sessionid, status }, children);
    if (attribute(payload, 'action') === 'cancel') return reply('canceled');
    const wardrobe = wardrobeOf(room);
    if (command.kind === 'listing') {
      return reply('completed', table(command.title, command.columns, command.rows(wardrobe)));
    }
    if (payload.getChild('x', NS.dataForms) === undefined) {
      const fields = [formTypeField(formType), ...command.fields(wardrobe)];
      const actions = el('actions', { execute: 'complete' }, el('complete'));
      return reply('executing', actions, encodeDataForm({ type: 'form', title: command.title, fields }));
    }
    const form = formIn(payload);
    if (form?.type !== 'submit') return stanzaError('bad-request');
    const changed = command.run(wardrobe, form);
    if (isStanzaError(changed)) return changed;
    show(room, changed);
    if (command.ofHats) announceChange(muc, room);
    const stored = muc.stored(room);
    return stored === null ? reply('completed') : stored.then(() => reply('completed'));
  };

  const undo = [
    muc.handleIq('set', 'command', commandNamespace, run),
    muc.keep({
      name: 'hats',
      schema: storedWardrobe,
      save: (room) => wardrobes.get(room)?.stored(),
      restore: (room, stored) => void wardrobes.set(room, new Wardrobe(limits, stored)),
    }),
    muc.hooks.on('attributed', ({ room, occupant, stanza }) => {
      if (stanza.name !== 'presence' || stanza.attrs['type'] !== undefined) return;
      const worn = wardrobes.get(room)?.hatsOf(occupant.person) ?? [];
      if (worn.length > 0) stanza.append(el('hats', { xmlns: namespace }, worn.map(encodeHat)));
    }),
    muc.hooks.on('described', ({ room, features, fields }) => {
      features.push(namespace, commandNamespace);
      const uris = (wardrobes.get(room)?.hats ?? []).map(
        ({ uri, title, hue }) => `${uri}\0${title}\0${hue ?? ''}`,
      );
      if (uris.length === 0) return;
      const hash = createHash('sha1').update(uris.sort().join('\0\0')).digest('hex');
      fields.push({ var: 'hats#hash', type: 'text-single', label: 'Hash of the hats', values: [hash] });
    }),
    muc.hooks.on('node-asked', ({ room, from, kind, node }) => {
      if (kind !== 'items' || node !== commandNamespace) return undefined;
      const runnable = [...hatCommands].filter(([each]) => mayRun(room, from, each));
      const items = runnable.map(([each, { title }]) =>
        el('item', { jid: room.jid.toString(), node: each, name: title }),
      );
      return el('query', { xmlns: NS.discoItems, node }, items);
    }),
  ];
  return () => undo.forEach((each) => each());
}
