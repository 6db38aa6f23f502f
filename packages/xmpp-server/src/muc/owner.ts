/** What owners do by `muc#owner` (XEP-0045 s.10): read and submit the configuration, destroy the room. */
import {
  attribute,
  childElements,
  type DataForm,
  decodeDataForm,
  type Element,
  el,
  encodeDataForm,
  formValue,
  NS,
  SignalingError,
  stanzaError,
  tryParseJid,
} from '@conclave/signaling';
import type { IqReply } from '../host/host.js';
import { changedSettings, type RoomConfig } from './config.js';
import type { Muc, RoomIq } from './context.js';
import { destroyRoom } from './leaving.js';
import { announceInRoom } from './messages.js';
import type { Room } from './room.js';

/** Puts a configuration in force and tells the room what has changed (s.10.2.1, status 104 and its like). */
function configure(muc: Muc, room: Room, config: RoomConfig): void {
  const changed = changedSettings(room.config, config);
  if (changed.size === 0) return;
  Object.assign(room.config, config);
  const codes = new Set([104]);
  muc.hooks.emit('configured', { room, changed, codes });
  const statuses = [...codes].sort((a, b) => a - b).map((code) => el('status', { code }));
  announceInRoom(muc, room, el('x', { xmlns: NS.mucUser }, statuses));
}

function tryDecode(x: Element): DataForm | undefined {
  try {
    return decodeDataForm(x);
  } catch (error) {
    if (error instanceof SignalingError) return undefined;
    throw error;
  }
}

function submit(muc: Muc, room: Room, x: Element): IqReply {
  const form = tryDecode(x);
  if (form?.type === 'cancel') return null;
  if (form?.type !== 'submit') return stanzaError('bad-request');
  // An empty submission accepts the configuration as it is (s.10.1.2).
  if (form.fields.length === 0) return null;
  if (formValue(form, 'FORM_TYPE') !== NS.mucRoomConfig) return stanzaError('bad-request', 'Wrong FORM_TYPE');
  const submission = muc.form.submit(room, form);
  if ('invalid' in submission) return stanzaError('not-acceptable', `Invalid value of ${submission.invalid}`);
  configure(muc, room, submission.config);
  return null;
}

function destroy(muc: Muc, room: Room, request: Element): IqReply {
  const alternate = attribute(request, 'jid');
  if (alternate !== undefined && tryParseJid(alternate) === undefined) return stanzaError('jid-malformed');
  const text = (name: string) => request.getChildText(name) ?? undefined;
  destroyRoom(muc, room, text('reason'), alternate, text('password'));
  return null;
}

function set(muc: Muc, { room, from, payload }: RoomIq): IqReply {
  if (room.affiliation(from.bare) !== 'owner') return stanzaError('forbidden');
  const [request, ...more] = childElements(payload);
  if (request === undefined || more.length > 0) return stanzaError('bad-request');
  if (request.is('x', NS.dataForms)) return submit(muc, room, request);
  if (request.is('destroy', NS.mucOwner)) return destroy(muc, room, request);
  return stanzaError('bad-request');
}

function get(muc: Muc, { room, from, payload }: RoomIq): IqReply {
  if (room.affiliation(from.bare) !== 'owner') return stanzaError('forbidden');
  if (childElements(payload).length > 0) return stanzaError('bad-request');
  return el('query', { xmlns: NS.mucOwner }, encodeDataForm(muc.form.render(room)));
}

export function ownership(muc: Muc): () => void {
  const undo = [
    muc.handleIq('get', 'query', NS.mucOwner, (request) => get(muc, request)),
    muc.handleIq('set', 'query', NS.mucOwner, (request) => set(muc, request)),
  ];
  return () => undo.forEach((each) => each());
}
