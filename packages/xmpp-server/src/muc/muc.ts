/** The module `muc`: rooms (XEP-0045) on a component. */
import type { StanzaError } from '@conclave/signaling';
import type { Handled, StanzaEvent } from '../host/host.js';
import { defineModule, type Dispose } from '../host/module.js';
import { NS } from '@conclave/signaling';
import { administration } from './admin.js';
import { bans } from './concerns/bans.js';
import { capacity } from './concerns/capacity.js';
import { creationPolicy } from './concerns/creation.js';
import { historyLength } from './concerns/history-length.js';
import { invitations } from './concerns/invitations.js';
import { membersOnly } from './concerns/members-only.js';
import { occupantIds } from './concerns/occupant-id.js';
import { passwords } from './concerns/password.js';
import { privateMessages } from './concerns/private-messages.js';
import { publicList } from './concerns/public-list.js';
import { reservedNicks } from './concerns/reserved-nicks.js';
import { stableIds } from './concerns/stable-id.js';
import { voiceRequests } from './concerns/voice-requests.js';
import { whois } from './concerns/whois.js';
import type { Muc } from './context.js';
import { discovery } from './disco.js';
import { mucOptions, type MucOptions } from './options.js';
import { ownership } from './owner.js';
import { MucService } from './service.js';
import { subjects } from './subject.js';

/** What makes a room more than a list of occupants; each can be left out without the others noticing. */
const concerns: readonly ((muc: Muc) => Dispose)[] = [
  administration,
  ownership,
  discovery,
  creationPolicy,
  capacity,
  membersOnly,
  bans,
  passwords,
  reservedNicks,
  whois,
  subjects,
  historyLength,
  privateMessages,
  invitations,
  voiceRequests,
  occupantIds,
  stableIds,
];

/** Offers the `Muc` to the modules that add to it. */
export const muc = defineModule<MucOptions, Muc>({
  name: 'muc',
  options: mucOptions,
  load(context, options) {
    const { host } = context;
    const service = new MucService(host, options, Date.now);
    const deal =
      (receive: (event: StanzaEvent) => StanzaError | undefined) =>
      (event: StanzaEvent): Handled | undefined => {
        if (event.to.local === undefined) return undefined;
        const error = receive(event);
        if (error !== undefined) service.refuse(event.stanza, error);
        return true;
      };
    for (const concern of concerns) context.onUnload(concern(service));
    context.onUnload(publicList(service, host.disco));
    context.onUnload(host.disco.identity({ category: 'conference', type: 'text', name: options.name }));
    context.onUnload(host.disco.feature(NS.muc));
    context.onUnload(
      host.hooks.on(
        'presence',
        deal((event) => service.receivePresence(event)),
      ),
    );
    context.onUnload(
      host.hooks.on(
        'message',
        deal((event) => service.receiveMessage(event)),
      ),
    );
    context.onUnload(
      host.hooks.on(
        'iq',
        deal((event) => service.receiveIq(event)),
      ),
    );
    context.onUnload(() => service.shutDown());
    return service;
  },
});
