/** What the configuration says of conferences, as the XMPP server takes it. */
import type { XmppServerConfig } from '@conclave/xmpp-server';
import type { Config } from '../config/schema.js';
import { sharedFilesOf } from './uploads.js';

export function conferenceOf(config: Config): NonNullable<XmppServerConfig['conference']> {
  const { fileSharing, eventsUrl, eventsToken, ...others } = config.conference;
  const choices = { ...others, ...(fileSharing.enabled ? { fileSharing: sharedFilesOf(config) } : {}) };
  if (eventsUrl === undefined) return choices;
  const headers = eventsToken === undefined ? {} : { authorization: `Bearer ${eventsToken}` };
  return { ...choices, events: { url: eventsUrl, headers } };
}
