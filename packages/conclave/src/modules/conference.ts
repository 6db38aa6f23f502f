/** What the configuration says of conferences, as the XMPP server takes it. */
import type { XmppServerConfig } from '@conclave/xmpp-server';
import type { Config } from '../config/schema.js';
import { sharedFilesOf } from './uploads.js';

/** A service of the operator's that is spoken to over HTTP. */
function service(url: string, token: string | undefined) {
  return { url, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } };
}

export function conferenceOf(config: Config): NonNullable<XmppServerConfig['conference']> {
  const { fileSharing, eventsUrl, eventsToken, ...others } = config.conference;
  const choices = { ...others, ...(fileSharing.enabled ? { fileSharing: sharedFilesOf(config) } : {}) };
  if (eventsUrl === undefined) return choices;
  const headers = eventsToken === undefined ? {} : { authorization: `Bearer ${eventsToken}` };
  return { ...choices, events: { url: eventsUrl, headers } };
}
