/** The IQs that the focus answers: conference requests and logins from anybody, Jingle and mutes from occupants of its rooms. */
import {
  attribute,
  decodeDial,
  decodeJibri,
  decodeJingle,
  type Element,
  encodeDiscoInfo,
  firstChild,
  type Jingle,
  NS,
  stanzaError,
  tryParseJid,
} from '@conclave/signaling';
import type { IqAnswer, IqHandler, Unsubscribe, XmppConnection } from '@conclave/xmpp-connection';
import type { Conference } from './conference/conference.js';
import type { Conferences } from './conference/conferences.js';
import type { Recorders } from './recording/recorders.js';
import { decodeMute, MUTE_NAMESPACES } from './conference/mute.js';
import { answerConferenceRequest, type ConferenceRequestContext } from './request/conference-request.js';
import { answerLoginUrl, answerLogout } from './request/login.js';

export interface IqHandlerContext {
  readonly connection: XmppConnection;
  readonly conferences: Conferences;
  readonly recorders: Recorders;
  readonly requests: ConferenceRequestContext;
}

/** Takes the IQs of the connection, which answers `bad-request` where a codec throws; the answer lets go of them. */
export const handleIqs = ({
  connection,
  conferences,
  recorders,
  requests,
}: IqHandlerContext): Unsubscribe => {
  const { authority } = requests;
  const handlers = [
    connection.handleIq({ name: 'conference', xmlns: NS.focus, type: 'set' }, (iq) =>
      answerConferenceRequest(iq, requests),
    ),
    connection.handleIq({ name: 'jingle', xmlns: NS.jingle, type: 'set' }, (iq) => onJingle(iq, conferences)),
    connection.handleIq({ name: 'query', xmlns: NS.discoInfo, type: 'get' }, (iq) => onDiscoInfo(iq)),
    connection.handleIq({ name: 'jibri', xmlns: NS.jibri, type: 'set' }, (iq) =>
      onJibri(iq, conferences, recorders),
    ),
    connection.handleIq({ name: 'dial', xmlns: NS.rayo, type: 'set' }, (iq) => onDial(iq, conferences)),
    ...MUTE_NAMESPACES.map((xmlns) =>
      connection.handleIq({ name: 'mute', xmlns, type: 'set' }, (iq) => onMute(iq, conferences)),
    ),
    ...(authority.authentication !== 'none'
      ? [
          connection.handleIq({ name: 'login-url', xmlns: NS.focus, type: 'get' }, (iq) =>
            answerLoginUrl(iq, authority),
          ),
          connection.handleIq({ name: 'logout', xmlns: NS.focus, type: 'set' }, (iq) =>
            answerLogout(iq, authority),
          ),
        ]
      : []),
  ];
  return () => {
    for (const unsubscribe of handlers) unsubscribe();
  };
};

/** The conference that an occupant speaks to, and the occupant's nickname. */
const addressed = (
  iq: Element,
  conferences: Conferences,
): { conference: Conference; nick: string } | undefined => {
  const from = tryParseJid(attribute(iq, 'from'));
  const conference = from && conferences.get(from.bare.toString());
  return conference && from.resource !== undefined ? { conference, nick: from.resource } : undefined;
};

const NO_MEMBER = stanzaError('forbidden', 'not in this conference');

const onJingle = (iq: Element, conferences: Conferences): IqAnswer => {
  const payload = firstChild(iq);
  if (!payload) return stanzaError('item-not-found', 'no such conference');
  const jingle = decodeJingle(payload);
  const occupant = addressed(iq, conferences);
  return occupant
    ? occupant.conference.answer(occupant.nick, (member, { media }) => media.jingle(member, jingle))
    : onVisitorJingle(iq, jingle, conferences);
};

/** Of somebody who looks on from a visitor node. */
const onVisitorJingle = (iq: Element, jingle: Jingle, conferences: Conferences): IqAnswer => {
  const from = tryParseJid(attribute(iq, 'from'));
  const room = from?.bare.toString() ?? '';
  const answer = conferences.ofVisitorRoom(room)?.ask(({ visitors, media }) => {
    const member = visitors.at(room, from?.resource ?? '');
    return member ? { error: media.jingle(member, jingle) } : undefined;
  }, undefined);
  return answer ? answer.error : stanzaError('item-not-found', 'no such conference');
};

const onMute = (iq: Element, conferences: Conferences): IqAnswer => {
  const request = decodeMute(iq);
  if (!request) return stanzaError('bad-request', 'jid or value is missing');
  const occupant = addressed(iq, conferences);
  if (!occupant) return stanzaError('item-not-found', 'no such conference');
  return occupant.conference.answer(occupant.nick, (member, { moderation }) =>
    moderation.mute(member, request),
  );
};

/** From a recorder in the brewery it is a report, from an occupant a request. */
const onJibri = (iq: Element, conferences: Conferences, recorders: Recorders): ReturnType<IqHandler> => {
  const from = attribute(iq, 'from') ?? '';
  const payload = firstChild(iq);
  if (!payload) return stanzaError('bad-request');
  const jibri = decodeJibri(payload);
  if (recorders.has(from)) {
    return conferences.recorderReports(from, jibri)
      ? undefined
      : stanzaError('item-not-found', 'no such recording');
  }
  const occupant = addressed(iq, conferences);
  if (!occupant) return stanzaError('item-not-found', 'no such conference');
  return occupant.conference.answer(
    occupant.nick,
    (member, { recordings }) => recordings.answer(member, jibri),
    NO_MEMBER,
  );
};

const onDial = (iq: Element, conferences: Conferences): ReturnType<IqHandler> => {
  const occupant = addressed(iq, conferences);
  const payload = firstChild(iq);
  if (!occupant || !payload) return stanzaError('item-not-found', 'no such conference');
  const dial = decodeDial(payload);
  return occupant.conference.answer(
    occupant.nick,
    (member, { calls }) => calls.answer(member, dial),
    NO_MEMBER,
  );
};

const onDiscoInfo = (iq: Element): IqAnswer => {
  const query = firstChild(iq);
  const node = query && attribute(query, 'node');
  if (node !== undefined) return stanzaError('item-not-found');
  return encodeDiscoInfo({
    identities: [{ category: 'component', type: 'conference', name: 'Conclave focus' }],
    features: [NS.discoInfo, NS.jingle, NS.ping, 'https://jitsi.org/meet/jicofo/terminate-restart'],
    forms: [],
  });
};
