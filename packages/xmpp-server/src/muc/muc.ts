/** The module `muc`: rooms (XEP-0045) on a component. */
import { NS } from '@conclave/signaling';
import type { StanzaEvent } from '../host/host.js';
import { defineModule, type Dispose } from '../host/module.js';
import { administration } from './admin.js';
import { avatars } from './concerns/avatar.js';
import { bans } from './concerns/bans.js';
import { capacity } from './concerns/capacity.js';
import { creationPolicy } from './concerns/creation.js';
import { hats } from './concerns/hats.js';
import { historyLength } from './concerns/history-length.js';
import { invitations } from './concerns/invitations.js';
import { lostDomains } from './concerns/lost-domains.js';
import { locking } from './concerns/locking.js';
import { membersOnly } from './concerns/members-only.js';
import { moderation } from './concerns/moderation.js';
import { occupantIds } from './concerns/occupant-id.js';
import { pace } from './concerns/pace.js';
import { passwords } from './concerns/password.js';
import { persistence } from './concerns/persistence.js';
import { presenceBroadcast } from './concerns/presence-broadcast.js';
import { privateMessages } from './concerns/private-messages.js';
import { publicList } from './concerns/public-list.js';
import { registration } from './concerns/registration.js';
import { removedAccounts } from './concerns/removed-accounts.js';
import { reservedNicks } from './concerns/reserved-nicks.js';
import { retraction } from './concerns/retraction.js';
import { stableIds } from './concerns/stable-id.js';
import { uniqueNames } from './concerns/unique-names.js';
import { voiceRequests } from './concerns/voice-requests.js';
import { whois } from './concerns/whois.js';
import type { Muc } from './context.js';
import { discovery } from './disco.js';
import { mucOptions, type MucOptions } from './options.js';
import { ownership } from './owner.js';
import { Reception } from './reception.js';
import { MucService } from './service.js';
import { roomRecord } from './room-record.js';
import { subjects } from './subject.js';

/** What makes a room more than a list of occupants; each can be left out without the others noticing. */
const concerns: readonly ((muc: Muc) => Dispose)[] = [
  administration,
  ownership,
  discovery,
  creationPolicy,
  locking,
  capacity,
  pace,
  membersOnly,
  bans,
  passwords,
  reservedNicks,
  registration,
  whois,
  subjects,
  historyLength,
  persistence,
  privateMessages,
  presenceBroadcast,
  invitations,
  voiceRequests,
  occupantIds,
  stableIds,
  retraction,
  moderation,
  hats,
  avatars,
];

/** Offers the `Muc` to the modules that add to it. */
export const muc = defineModule<MucOptions, Muc>({
  name: 'muc',
  permanent: true,
  options: mucOptions,
  load(context, options) {
    const { host } = context;
    const rooms = options.persistence === 'nobody' ? undefined : context.storage.keyval('rooms', roomRecord);
    const service = new MucService(host, options, Date.now, rooms);
    const reception = new Reception(service);
    const receive = (event: StanzaEvent) => reception.receive(event);
    for (const concern of concerns) context.onUnload(concern(service));
    context.onUnload(publicList(service, host.disco));
    context.onUnload(lostDomains(service, host));
    removedAccounts(service, context, (person) => service.openRoomsOf(person));
    context.onUnload(uniqueNames(host));
    context.onUnload(host.disco.feature('vcard-temp'));
    context.onUnload(host.disco.identity({ category: 'conference', type: 'text', name: options.name }));
    context.onUnload(host.disco.feature(NS.muc));
    context.onUnload(host.hooks.on('presence', receive));
    context.onUnload(host.hooks.on('message', receive));
    context.onUnload(host.hooks.on('iq', receive));
    context.onUnload(() => service.shutDown());
    // Public ones are to be found before somebody asks for them; whoever does tries again if this fails.
    service.roomIds().catch((error: unknown) => {
      service.log.error({ err: error }, 'the stored rooms cannot be read');
    });
    return service;
  },
});
