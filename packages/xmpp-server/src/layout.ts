/** The hosts of a conferencing service for a domain D, as a Jitsi installation lays them out: who logs in where, and who may reach what. */
import { type ConferenceChoices, conferenceHosts } from './conference/hosts.js';
import { clientProxy, discoveryAtLogin, shortLivedTokens } from './conference/index.js';
import type { HostPlan } from './host-plan.js';
import { configured } from './host/module-set.js';
import { administration } from './modules/administration.js';
import { archive } from './modules/archive.js';
import { avatars } from './modules/avatars.js';
import { blockedContacts } from './modules/blocked-contacts.js';
import { blocking } from './modules/blocking.js';
import { bookmarks } from './modules/bookmarks.js';
import { caps } from './modules/caps.js';
import { carbons } from './modules/carbons.js';
import { clientState } from './modules/client-state.js';
import { commands } from './modules/commands.js';
import { contactInvitations } from './modules/contact-invitations.js';
import { contactAddresses } from './modules/contact-addresses.js';
import { contactDisco } from './modules/contact-disco.js';
import { disco } from './modules/disco.js';
import { entityTime } from './modules/entity-time.js';
import { externalServices } from './modules/external-services.js';
import { httpUpload } from './modules/http-upload.js';
import { invitations } from './modules/invitations.js';
import { lastActivity } from './modules/last-activity.js';
import { offline } from './modules/offline.js';
import { pep } from './modules/pep.js';
import { ping } from './modules/ping.js';
import { presence } from './modules/presence.js';
import { privateXml } from './modules/private-xml.js';
import { pubsub } from './modules/pubsub.js';
import { registration } from './modules/registration.js';
import { push } from './modules/push.js';
import { retiredNames } from './modules/retired-names.js';
import { roster } from './modules/roster.js';
import { session } from './modules/session.js';
import { subscriptions } from './modules/subscriptions.js';
import { userInvitations } from './modules/user-invitations.js';
import { vcard4 } from './modules/vcard4.js';
import { vcardTemp } from './modules/vcard-temp.js';
import { version } from './modules/version.js';
import { muc } from './muc/index.js';

/** The local part of the focus's account on auth.D, and its resource. */
const focus = { user: 'focus', resource: 'focus' };

/** The host whose modules take uploads. */
export function uploadHost(domain: string): string {
  return `upload.${domain}`;
}

/** The names that belong to the service itself, which nobody else may serve. */
export function hostNames(domain: string): readonly string[] {
  return [
    ...conferencingLayout(domain, { pubsub: true, recorders: true }).map(({ name }) => name),
    uploadHost(domain),
  ];
}

/** Hosts that there need not be. */
export interface LayoutChoices {
  /** Files that accounts share: where they lie, and under which URL. */
  readonly uploads?: { readonly directory: string; readonly url: string } | undefined;
  /** Where the page of an invitation is: its token is put behind. */
  readonly invitationPage?: string | undefined;
  /** A host for the accounts with which recorders enter conferences. */
  readonly recorders?: boolean | undefined;
  readonly conference?: ConferenceChoices | undefined;
  /** A publish-subscribe service. */
  readonly pubsub?: boolean | undefined;
}

/** The usual hosts of a domain, and those of the others that are wanted. */
export function conferencingLayout(
  domain: string,
  {
    uploads,
    recorders = false,
    pubsub: hasPubsub = false,
    invitationPage,
    conference: conferenceChoices = {},
  }: LayoutChoices = {},
): readonly HostPlan[] {
  const guest = `guest.${domain}`;
  const auth = `auth.${domain}`;
  const conference = `conference.${domain}`;
  const focusHost = `focus.${domain}`;
  const pubsubHost = `pubsub.${domain}`;
  const focusAccount = `${focus.user}@${auth}`;
  const virtual = () => [configured(disco), configured(ping), configured(session)];
  const unasked = () =>
    conferenceChoices.discoveryAtLogin === true ? [configured(discoveryAtLogin, { of: domain })] : [];
  const messaging = () => [
    configured(roster),
    configured(presence),
    configured(subscriptions),
    configured(archive),
    configured(clientState),
    configured(push),
    configured(offline),
    configured(carbons),
    configured(blocking),
    configured(blockedContacts),
    configured(privateXml),
    configured(vcardTemp),
    configured(lastActivity),
    configured(entityTime),
    configured(version),
    configured(contactAddresses),
    configured(registration),
    configured(retiredNames),
    configured(invitations),
    configured(contactInvitations),
    configured(userInvitations, invitationPage === undefined ? {} : { page: invitationPage }),
    configured(contactDisco),
    configured(caps),
    configured(pep),
    configured(bookmarks),
    configured(avatars),
    configured(vcard4),
    configured(commands),
    configured(administration),
    configured(externalServices, { clientsOf: [guest] }),
    configured(shortLivedTokens, { rooms: conference }),
  ];
  const component = () => [configured(disco), configured(ping)];
  return [
    {
      name: domain,
      accounts: 'internal_hashed',
      accessibleFrom: 'anyone',
      federated: true,
      trusted: false,
      modules: [...virtual(), ...messaging(), ...unasked()],
      items: [
        conference,
        focusHost,
        ...(hasPubsub ? [pubsubHost] : []),
        ...(uploads === undefined ? [] : [uploadHost(domain)]),
      ],
    },
    {
      name: guest,
      accounts: 'anonymous',
      accessibleFrom: 'anyone',
      trusted: false,
      modules: [...virtual(), ...unasked()],
      items: [],
    },
    {
      name: auth,
      accounts: 'internal_hashed',
      accessibleFrom: [auth],
      trusted: true,
      modules: virtual(),
      items: [],
    },
    ...(recorders ? [recording(domain, virtual())] : []),
    ...conferenceHosts(
      domain,
      { account: focusAccount, nick: focus.user, proxy: focusHost },
      { ...conferenceChoices, exempt: recorders ? [`recorder.${domain}`] : [] },
    ),
    {
      name: `internal.${auth}`,
      accounts: 'none',
      accessibleFrom: [auth],
      trusted: false,
      modules: [
        ...component(),
        configured(muc, {
          admins: [focusAccount],
          creation: { domains: [auth] },
        }),
      ],
      items: [],
    },
    {
      name: focusHost,
      accounts: 'none',
      accessibleFrom: 'anyone',
      trusted: false,
      modules: [...component(), configured(clientProxy, { target: `${focusAccount}/${focus.resource}` })],
      items: [],
    },
    ...(hasPubsub ? [publishing(domain, pubsubHost)] : []),
    ...(uploads === undefined ? [] : [uploading(domain, uploads)]),
  ];
}

/** Browsers of recorders log in there: clients do not show its accounts as people. */
function recording(domain: string, modules: HostPlan['modules']): HostPlan {
  return {
    name: `recorder.${domain}`,
    accounts: 'internal_hashed',
    accessibleFrom: 'anyone',
    trusted: false,
    modules,
    items: [],
  };
}

function publishing(domain: string, name: string): HostPlan {
  return {
    name,
    accounts: 'none',
    accessibleFrom: 'anyone',
    federated: true,
    trusted: false,
    modules: [configured(disco), configured(ping), configured(pubsub, { domains: [domain] })],
    items: [],
  };
}

function uploading(domain: string, uploads: { readonly directory: string; readonly url: string }): HostPlan {
  return {
    name: uploadHost(domain),
    accounts: 'none',
    accessibleFrom: [domain],
    trusted: false,
    modules: [configured(disco), configured(ping), configured(httpUpload, { ...uploads, domains: [domain] })],
    items: [],
  };
}
