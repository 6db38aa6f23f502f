/** What service discovery tells of a room (XEP-0045 s.6.4, XEP-0030, XEP-0128); who is in it is nobody's business outside. */
import {
  attribute,
  type DataFormField,
  type Element,
  el,
  encodeDataForm,
  formTypeField,
  NS,
  stanzaError,
} from '@conclave/signaling';
import type { IqReply } from '../host/host.js';
import type { Muc, RoomIq } from './context.js';
import type { Room } from './room.js';

function features(room: Room): string[] {
  const { config } = room;
  return [
    NS.discoInfo,
    NS.discoItems,
    NS.muc,
    'http://jabber.org/protocol/muc#stable_id',
    'http://jabber.org/protocol/muc#self-ping-optimization',
    config.public ? 'muc_public' : 'muc_hidden',
    config.persistent ? 'muc_persistent' : 'muc_temporary',
    config.membersOnly ? 'muc_membersonly' : 'muc_open',
    config.moderated ? 'muc_moderated' : 'muc_unmoderated',
    config.whois === 'anyone' ? 'muc_nonanonymous' : 'muc_semianonymous',
    config.password === '' ? 'muc_unsecured' : 'muc_passwordprotected',
  ];
}

function textField(name: string, label: string, value: string): DataFormField {
  return { var: name, type: 'text-single', label, values: [value] };
}

function booleanField(name: string, label: string, value: boolean): DataFormField {
  return { var: name, type: 'boolean', label, values: [value ? '1' : '0'] };
}

/** What the subject is tells what is spoken about: whoever may not simply walk in is not told. */
function maySeeSubject({ config }: Room): boolean {
  return !config.membersOnly && config.password === '';
}

function infoFields(room: Room, isInsider: boolean): DataFormField[] {
  const { config, subject } = room;
  const owners = room.affiliations('owner').map(({ jid }) => jid.toString());
  return [
    formTypeField(NS.mucRoomInfo),
    textField('muc#roominfo_description', 'Description', config.description),
    textField('muc#roominfo_lang', 'Language', config.language),
    textField('muc#roominfo_occupants', 'Number of occupants', String(room.occupantCount)),
    ...(isInsider || maySeeSubject(room)
      ? [textField('muc#roominfo_subject', 'Subject', subject?.text ?? '')]
      : []),
    booleanField('muc#roominfo_changesubject', 'Participants may change the subject', config.changeSubject),
    booleanField('muc#roominfo_subjectmod', 'Participants may change the subject', config.changeSubject),
    booleanField(
      'muc#roomconfig_allowinvites',
      'Occupants may invite',
      config.allowInvites && (!config.membersOnly || config.memberInvites),
    ),
    textField('muc#maxhistoryfetch', 'Messages kept for newcomers', String(config.historyLength)),
    ...(config.pubsub === ''
      ? []
      : [textField('muc#roomconfig_pubsub', 'Associated publish-subscribe node', config.pubsub)]),
    // Real addresses: for those who see them anyway.
    ...(isInsider && config.whois === 'anyone'
      ? [{ var: 'muc#roominfo_contactjid', type: 'jid-multi', label: 'Owners', values: owners }]
      : []),
  ];
}

function info(muc: Muc, request: RoomIq): IqReply {
  const { room, from } = request;
  const description = { room, features: features(room), fields: infoFields(room, room.isInsider(from)) };
  muc.hooks.emit('described', description);
  const name = room.config.name === '' ? room.jid.local : room.config.name;
  return el(
    'query',
    { xmlns: NS.discoInfo },
    el('identity', { category: 'conference', type: 'text', name }),
    description.features.map((feature) => el('feature', { var: feature })),
    encodeDataForm({ type: 'result', fields: description.fields }),
  );
}

/** Who is in the room is nobody's business who is not: it has no items. */
function items(): Element {
  return el('query', { xmlns: NS.discoItems });
}

/** Namespaces that the room takes out of what is said in it (s.18.1.1): none, which is to be said so. */
const traffic = 'http://jabber.org/protocol/muc#traffic';

function answer(muc: Muc, request: RoomIq, kind: 'info' | 'items'): IqReply {
  const { room, from, payload } = request;
  if (!room.showsItselfTo(from)) return stanzaError('forbidden');
  const node = attribute(payload, 'node');
  if (node === undefined) return kind === 'info' ? info(muc, request) : items();
  if (node === traffic) return stanzaError('service-unavailable');
  return muc.hooks.emit('node-asked', { room, from, kind, node }) ?? stanzaError('item-not-found');
}

export function discovery(muc: Muc): () => void {
  const undo = [
    muc.handleIq('get', 'query', NS.discoInfo, (request) => answer(muc, request, 'info')),
    muc.handleIq('get', 'query', NS.discoItems, (request) => answer(muc, request, 'items')),
  ];
  return () => undo.forEach((each) => each());
}
