/** What service discovery tells of a room (XEP-0045 s.6.4, XEP-0030, XEP-0128); who is in it is nobody's business outside. */
import {
  attribute,
  type DataFormField,
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
    'muc_temporary',
    config.membersOnly ? 'muc_membersonly' : 'muc_open',
    config.moderated ? 'muc_moderated' : 'muc_unmoderated',
    config.whois === 'anyone' ? 'muc_nonanonymous' : 'muc_semianonymous',
    config.password === '' ? 'muc_unsecured' : 'muc_passwordprotected',
  ];
}

function infoFields(room: Room): DataFormField[] {
  const { config } = room;
  const field = (name: string, value: string, label: string): DataFormField => ({
    var: `muc#roominfo_${name}`,
    type: 'text-single',
    label,
    values: [value],
  });
  return [
    formTypeField(NS.mucRoomInfo),
    field('description', config.description, 'Description'),
    field('lang', config.language, 'Language'),
    field('occupants', String(room.occupantCount), 'Number of occupants'),
    {
      ...field('changesubject', config.changeSubject ? '1' : '0', 'Participants may change the subject'),
      type: 'boolean',
    },
  ];
}

/** A hidden room shows itself to those in it and those it knows; to others it says as little as it can. */
function mayLook(room: Room, { from }: RoomIq): boolean {
  if (room.config.public || room.seat(from) !== undefined) return true;
  return room.isMember(from.bare);
}

function info(muc: Muc, request: RoomIq): IqReply {
  const { room, payload } = request;
  if (!mayLook(room, request)) return stanzaError('forbidden');
  if (attribute(payload, 'node') !== undefined) return stanzaError('item-not-found');
  const description = { room, features: features(room), fields: infoFields(room) };
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

export function discovery(muc: Muc): () => void {
  const undo = [
    muc.handleIq('get', 'query', NS.discoInfo, (request) => info(muc, request)),
    muc.handleIq('get', 'query', NS.discoItems, (request) =>
      mayLook(request.room, request) ? el('query', { xmlns: NS.discoItems }) : stanzaError('forbidden'),
    ),
  ];
  return () => undo.forEach((each) => each());
}
