/** What the configuration says of conferences, as the XMPP server takes it. */
import type { XmppServerConfig } from '@conclave/xmpp-server';
import type { Config } from '../config/schema.js';
import { visitorChoices } from '../config/sections/visitors.js';
import { sharedFilesOf } from './uploads.js';

/** A service of the operator's that is spoken to over HTTP. */
function service(url: string, token: string | undefined) {
  return { url, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } };
}

export function conferenceOf(config: Config): NonNullable<XmppServerConfig['conference']> {
  const {
    fileSharing,
    visitors,
    eventsUrl,
    eventsToken,
    eventsChat,
    reservationsUrl,
    reservationsToken,
    api,
    ...choices
  } = config.conference;
  return {
    ...choices,
    visitors: visitorChoices(visitors),
    ...(fileSharing.enabled ? { fileSharing: sharedFilesOf(config) } : {}),
    ...(eventsUrl === undefined ? {} : { events: { ...service(eventsUrl, eventsToken), chat: eventsChat } }),
    ...(hasApi(config) ? { api: apiOf(api) } : {}),
    ...(reservationsUrl === undefined ? {} : { reservations: service(reservationsUrl, reservationsToken) }),
  };
}

/** Whether operators may act on conferences over HTTP. */
export function hasApi({ conference: { api } }: Config): boolean {
  return api.token !== undefined || api.keyServerUrl !== undefined;
}

function apiOf({ token, keyServerUrl, issuers, audiences }: Config['conference']['api']) {
  return {
    ...(token === undefined ? {} : { token }),
    ...(keyServerUrl === undefined ? {} : { signed: { keyServerUrl, issuers, audiences } }),
  };
}
