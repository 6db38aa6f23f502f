/** Where to log in, and logging out (client contract 2.4): the login-url and logout IQs. */
import {
  attribute,
  decodeLogout,
  el,
  type Element,
  firstChild,
  NS,
  type StanzaError,
  stanzaError,
  tryParseJid,
} from '@conclave/signaling';
import type { Authority } from './authority/authority.js';
import { sessionInvalidError } from './authority/domain.js';

/** Answers `<login-url room machine-uid/>` with the page where one logs in for that room; without a url where only the client knows it. */
export const answerLoginUrl = (iq: Element, authority: Authority): Element | StanzaError => {
  const query = firstChild(iq);
  const room = tryParseJid(query && attribute(query, 'room'));
  if (!room?.local) return stanzaError('not-acceptable', 'room is missing');
  if (!query || !attribute(query, 'machine-uid')?.trim())
    return stanzaError('bad-request', 'machine-uid is missing');
  const url = authority.loginUrl(room.local);
  return el('login-url', {
    xmlns: NS.focus,
    room: room.toString(),
    url: url === undefined ? undefined : encodeURIComponent(url),
  });
};

/** Answers `<logout session-id/>` by forgetting the session. Throws a SignalingError when the id is missing. */
export const answerLogout = (iq: Element, authority: Authority): Element | StanzaError => {
  const payload = firstChild(iq);
  if (!payload) return stanzaError('bad-request');
  return authority.logout(decodeLogout(payload)) ? el('logout', { xmlns: NS.focus }) : sessionInvalidError();
};
