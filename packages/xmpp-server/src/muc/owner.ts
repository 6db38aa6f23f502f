/** What owners do by `muc#owner` (XEP-0045 s.10): read and submit the configuration, destroy the room. */
import {
  attribute,
  childElements,
  type Element,
  el,
  encodeDataForm,
  formValue,
  isStanzaError,
  type Jid,
  NS,
  stanzaError,
  tryParseJid,
} from '@conclave/signaling';
import type { IqReply } from '../host/host.js';
import { affiliationChanges, affiliationFields } from './affiliation-lists.js';
import { changesRefused, makeChanges } from './changes.js';
import { changedSettings, type RoomConfig } from './config.js';
import type { Muc, RoomIq } from './context.js';
import { formIn } from './forms.js';
import { destroyRoom } from './leaving.js';
import { announceInRoom } from './messages.js';
import type { Room } from './room.js';

/** Settings whose changes have status codes of their own. */
const announcedByThemselves: ReadonlySet<keyof RoomConfig> = new Set(['whois', 'archived']);

/** Puts a configuration in force and tells the room what has changed (s.10.2.1): what touches privacy by name, the rest by status 104. */
export function configure(muc: Muc, room: Room, by: Jid, config: RoomConfig): void {
  const changed = changedSettings(room.config, config);
  if (changed.size === 0) return;
  Object.assign(room.config, config);
  const codes = new Set<number>();
  muc.hooks.emit('configured', { room, by, changed, codes });
  if ([...changed].some((setting) => !announcedByThemselves.has(setting))) codes.add(104);
  const statuses = [...codes].sort((a, b) => a - b).map((code) => el('status', { code }));
  announceInRoom(muc, room, el('x', { xmlns: NS.mucUser }, statuses));
}

function submit(muc: Muc, room: Room, owner: Jid, query: Element): IqReply | Promise<IqReply> {
  const form = formIn(query);
  if (form?.type === 'cancel') {
    muc.hooks.emit('configuration-answered', { room, answer: 'cancel' });
    return null;
  }
  if (form?.type !== 'submit') return stanzaError('bad-request');
  // An empty submission accepts the configuration as it is (s.10.1.2).
  if (form.fields.length === 0) {
    muc.hooks.emit('configuration-answered', { room, answer: 'submit' });
    return null;
  }
  if (formValue(form, 'FORM_TYPE') !== NS.mucRoomConfig) return stanzaError('bad-request', 'Wrong FORM_TYPE');
  const submission = muc.form.submit(room, owner.bare, form);
  if ('invalid' in submission) return stanzaError('not-acceptable', `Invalid value of ${submission.invalid}`);
  const changes = affiliationChanges(room, form);
  if (isStanzaError(changes)) return changes;
  const refused = changesRefused(muc, room, owner, changes);
  if (refused !== undefined) return refused;
  makeChanges(muc, room, owner, changes);
  configure(muc, room, owner, submission.config);
  muc.hooks.emit('configuration-answered', { room, answer: 'submit' });
  return muc.stored(room);
}

function destroy(muc: Muc, room: Room, request: Element): IqReply | Promise<IqReply> {
  const alternate = attribute(request, 'jid');
  if (alternate !== undefined && tryParseJid(alternate) === undefined) return stanzaError('jid-malformed');
  const text = (name: string) => request.getChildText(name) ?? undefined;
  destroyRoom(muc, room, text('reason'), alternate, text('password'));
  return muc.stored(room);
}

function set(muc: Muc, { room, from, payload }: RoomIq): IqReply | Promise<IqReply> {
  if (room.affiliation(from.bare) !== 'owner') return stanzaError('forbidden');
  const [request, ...more] = childElements(payload);
  if (request === undefined || more.length > 0) return stanzaError('bad-request');
  if (request.is('x', NS.dataForms)) return submit(muc, room, from, payload);
  if (request.is('destroy', NS.mucOwner)) return destroy(muc, room, request);
  return stanzaError('bad-request');
}

function get(muc: Muc, { room, from, payload }: RoomIq): IqReply {
  if (room.affiliation(from.bare) !== 'owner') return stanzaError('forbidden');
  if (childElements(payload).length > 0) return stanzaError('bad-request');
  const form = muc.form.render(room, from.bare);
  const fields = [...form.fields, ...affiliationFields(room)];
  return el('query', { xmlns: NS.mucOwner }, encodeDataForm({ ...form, fields }));
}

export function ownership(muc: Muc): () => void {
  const undo = [
    muc.handleIq('get', 'query', NS.mucOwner, (request) => get(muc, request)),
    muc.handleIq('set', 'query', NS.mucOwner, (request) => set(muc, request)),
  ];
  return () => undo.forEach((each) => each());
}
