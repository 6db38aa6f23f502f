/** What the configuration says of conferences, as the XMPP server takes it. */
import type { XmppServerConfig } from '@conclave/xmpp-server';
import type { Config } from '../config/schema.js';

export function conferenceOf({ conference }: Config): NonNullable<XmppServerConfig['conference']> {
  const { eventsUrl, eventsToken, ...choices } = conference;
  if (eventsUrl === undefined) return choices;
  const headers = eventsToken === undefined ? {} : { authorization: `Bearer ${eventsToken}` };
  return { ...choices, events: { url: eventsUrl, headers } };
}
