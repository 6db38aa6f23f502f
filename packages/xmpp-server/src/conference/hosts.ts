/** The hosts that make up conferences: the rooms, and the components beside them that clients find by the main host. */
import type { HostPlan } from '../host-plan.js';
import { configured, type ConfiguredModule } from '../host/module-set.js';
import { disco } from '../modules/disco.js';
import { mucArchive } from '../modules/muc-archive.js';
import { ping } from '../modules/ping.js';
import { muc } from '../muc/index.js';
import {
  allOwners,
  audioTranslation,
  avModeration,
  breakoutRooms,
  chatPermissions,
  conferenceDuration,
  deviceFlip,
  deserted,
  dialFilter,
  displayNames,
  endConference,
  endpointIds,
  endpointMessages,
  fileSharing,
  focusLock,
  httpApi,
  invitedGateways,
  joinRate,
  kicks,
  lobby,
  lobbyBypass,
  lobbyFromStart,
  maxOccupants,
  meetingEvents,
  meetingId,
  messageLimits,
  metadataKeys,
  messageModeration,
  passwordWhitelist,
  permissions,
  polls,
  presenceIdentity,
  recorderFilter,
  replies,
  reservations,
  roomMetadata,
  speakerStats,
  startMuted,
  timeLimit,
  tokenAffiliation,
  visitorPolls,
  visitors,
  waitForHost,
} from './index.js';
import { type VisitorChoices, visitorHost, visitorHosts, visitorRooms } from './visitor-hosts.js';

interface Focus {
  /** Bare JID. */
  readonly account: string;
  /** That nobody else may take. */
  readonly nick: string;
  /** The host that passes requests on to it. */
  readonly proxy: string;
}

interface FileSharingChoices {
  /** Where files lie. */
  readonly directory: string;
  /** Where `handleSharedFile` is reached from outside. Default: where a request came. */
  readonly url?: string | undefined;
  /** Bytes of a file, of all files of a meeting, and of all. */
  readonly fileSize?: number | undefined;
  readonly meetingSize?: number | undefined;
  readonly size?: number | undefined;
  /** What the names of files may end with. */
  readonly endings?: readonly string[] | undefined;
  /** Not only moderators share files. */
  readonly everybody?: boolean | undefined;
}

interface ChatChoices {
  /** Characters of a message. */
  readonly maxCharacters?: number | undefined;
  /** Messages of one person in a minute. */
  readonly perMinute?: number | undefined;
  /** Messages of a meeting in which nobody with an account or a token has spoken. */
  readonly perMeeting?: number | undefined;
  /** Messages may be taken back and changed. Default: yes. */
  readonly moderation?: boolean | undefined;
}

/** Who bears a token: this one, or one that is signed with a key of that server. */
interface ApiChoices {
  readonly token?: string | undefined;
  readonly signed?:
    | {
        readonly keyServerUrl: string;
        readonly issuers: readonly string[];
        readonly audiences: readonly string[];
      }
    | undefined;
}

/** What an operator decides of conferences; anything else is said of modules. */
export interface ConferenceChoices {
  /** Moderators may have people wait. Default: yes. */
  readonly lobby?: boolean | undefined;
  /** Rooms are also at `conference.<tenant>.D`. Default: they are. */
  readonly tenants?: boolean | undefined;
  /** Conferences begin with a lobby; there is one then. Default: moderators turn it on. */
  readonly lobbyFromStart?: boolean | undefined;
  /** Default: there are. */
  readonly breakoutRooms?: boolean | undefined;
  /** Default: there are. */
  readonly polls?: boolean | undefined;
  /** Moderators may decide who sends audio and video. Default: yes. */
  readonly avModeration?: boolean | undefined;
  /** People may hear others in another language, which the focus sees to. Default: no. */
  readonly audioTranslation?: boolean | undefined;
  /** Files that people in a conference share. Default: they share none. */
  readonly fileSharing?: FileSharingChoices | undefined;
  /** Guests wait in the lobby until somebody with an account has come; there is a lobby then. Default: no. */
  readonly waitForHost?: boolean | undefined;
  /** Whoever enters is a moderator. Default: no. */
  readonly everybodyModerates?: boolean | undefined;
  /** Minutes that a conference may last. Default: as long as it wants. */
  readonly maxMinutes?: number | undefined;
  /** A service that is told what happens, and headers that it wants. Default: none is. */
  readonly events?:
    | {
        readonly url: string;
        readonly headers?: Readonly<Record<string, string>>;
        /** It is told what is said to all. */
        readonly chat?: boolean;
      }
    | undefined;
  /** Domains of the service's own clients, recorders: they wait for nobody, need no password, and are not counted. */
  readonly exempt?: readonly string[] | undefined;
  /** Everybody says a name before entering. Default: no. */
  readonly requireNames?: boolean | undefined;
  /** Only moderators learn who the others are. Default: everybody does. */
  readonly hideNamesFromGuests?: boolean | undefined;
  /** How much may be said. Default: as the modules have it. */
  readonly chat?: ChatChoices | undefined;
  /** Clients are told as they log in what components there are, and need not ask. Default: they ask. */
  readonly discoveryAtLogin?: boolean | undefined;
  /** Large meetings are looked at from visitor nodes. Default: they are not. */
  readonly visitors?: VisitorChoices | undefined;
  /** A service that is asked whether a conference may be opened, and headers that it wants. Default: none is. */
  readonly reservations?:
    { readonly url: string; readonly headers?: Readonly<Record<string, string>> } | undefined;
  /** Who may ask, and do, what over HTTP. Default: nobody. */
  readonly api?: ApiChoices | undefined;
  /** People in one conference. Default: as many as a room takes. */
  readonly maxParticipants?: number | undefined;
}

/** Who may share files. */
function sharing(files: FileSharingChoices | undefined) {
  const feature = { 'file-upload': true };
  if (files === undefined) return {};
  return { more: feature, participants: files.everybody === true ? feature : {} };
}

function serviceOf({ directory, url, fileSize, meetingSize, size, endings }: FileSharingChoices) {
  return { directory, url, fileSize, meetingSize, size, endings };
}

/** Each is an address of its own, and nothing else: what answers there are the modules of the rooms. */
const components = [
  'audiotranslation',
  'avmoderation',
  'endconference',
  'filesharing',
  'metadata',
  'polls',
  'speakerstats',
] as const;

export function conferenceHosts(
  domain: string,
  focus: Focus,
  choices: ConferenceChoices,
): readonly HostPlan[] {
  const when = (chosen: boolean, module: ConfiguredModule) => (chosen ? [module] : []);
  const { waitForHost: waits = false, maxParticipants: most, exempt = [], tenants = true } = choices;
  const { lobbyFromStart: fromStart = false } = choices;
  const at = (name: (typeof components)[number]) => ({
    component: `${name}.${domain}`,
    announcedBy: domain,
  });
  const base = {
    accounts: 'none',
    accessibleFrom: 'anyone',
    trusted: false,
    items: [],
  } as const;
  const addressable = () => [configured(disco), configured(ping)];
  const waiting = `lobby.${domain}`;
  const breakouts = `breakout.${domain}`;
  const service = {
    admins: [focus.account],
    reservedNicks: { [focus.nick]: focus.account },
    limits: { sessionsPerNick: 1 },
  };
  const { maxCharacters, perMinute, perMeeting, moderation = true } = choices.chat ?? {};
  const said = { characters: maxCharacters, perMinute, perMeeting, unlimited: [domain] };
  const named = {
    required: choices.requireNames,
    hideFromGuests: choices.hideNamesFromGuests,
    exempt: [...exempt, `auth.${domain}`],
  };
  const chat = () => [
    configured(endpointMessages, { services: [...exempt, `auth.${domain}`] }),
    configured(messageLimits, said),
    ...when(moderation, configured(messageModeration)),
  ];
  return [
    {
      ...base,
      name: waiting,
      modules: [
        ...addressable(),
        // Nobody creates rooms there: the lobby says which there are.
        configured(muc, { ...service, rooms: { historyLength: 0 } }),
        configured(displayNames),
      ],
    },
    {
      ...base,
      name: breakouts,
      modules: [
        ...addressable(),
        // Nor there: moderators add them.
        configured(muc, service),
        configured(meetingId),
        configured(endpointIds),
        configured(replies),
        configured(conferenceDuration),
        configured(displayNames, named),
        ...chat(),
      ],
    },
    {
      ...base,
      name: `conference.${domain}`,
      federated: true,
      ...(tenants ? { tenants } : {}),
      modules: [
        ...addressable(),
        configured(muc, { ...service, creation: { domains: [domain] }, accountsOf: [domain], tenants }),
        configured(meetingId),
        configured(endpointIds),
        configured(replies),
        configured(mucArchive),
        configured(permissions, sharing(choices.fileSharing)),
        configured(kicks),
        configured(deviceFlip),
        configured(focusLock, { nick: focus.nick, proxy: focus.proxy }),
        configured(conferenceDuration),
        configured(roomMetadata, { ...at('metadata'), breakouts }),
        ...when(
          waits || fromStart || choices.lobby !== false,
          configured(lobby, { lobby: waiting, announcedBy: domain, whitelist: exempt }),
        ),
        configured(lobbyBypass),
        ...when(fromStart, configured(lobbyFromStart, { domains: [domain] })),
        ...when(waits, configured(waitForHost, { domains: [domain], exempt })),
        ...when(choices.everybodyModerates === true, configured(allOwners)),
        ...when(
          most !== undefined || choices.reservations !== undefined,
          configured(maxOccupants, { most, exempt: [...exempt, `auth.${domain}`] }),
        ),
        ...(choices.reservations === undefined
          ? []
          : [configured(reservations, { ...choices.reservations, proxy: focus.proxy })]),
        ...(choices.maxMinutes === undefined ? [] : [configured(timeLimit, { most: choices.maxMinutes })]),
        configured(deserted, { services: [...exempt, `auth.${domain}`] }),
        configured(invitedGateways, { domains: [`auth.${domain}`] }),
        configured(passwordWhitelist, { whitelist: exempt }),
        configured(tokenAffiliation),
        configured(joinRate),
        ...(choices.api === undefined
          ? []
          : [configured(httpApi, { ...choices.api, domain, gateways: `internal.auth.${domain}` })]),
        configured(presenceIdentity),
        configured(displayNames, named),
        configured(chatPermissions),
        ...chat(),
        ...(choices.events === undefined
          ? []
          : [configured(meetingEvents, { ...choices.events, breakouts })]),
        configured(startMuted),
        configured(metadataKeys),
        configured(recorderFilter),
        configured(dialFilter),
        ...when(
          choices.breakoutRooms !== false,
          configured(breakoutRooms, { breakouts, announcedBy: domain }),
        ),
        ...when(choices.avModeration !== false, configured(avModeration, at('avmoderation'))),
        configured(speakerStats, { ...at('speakerstats'), breakouts }),
        ...when(choices.polls !== false, configured(polls, { ...at('polls'), breakouts })),
        ...(choices.fileSharing === undefined
          ? []
          : [configured(fileSharing, { ...at('filesharing'), service: serviceOf(choices.fileSharing) })]),
        ...when(choices.audioTranslation === true, configured(audioTranslation, at('audiotranslation'))),
        configured(endConference, at('endconference')),
        ...(choices.visitors === undefined
          ? []
          : [
              configured(visitors, visiting(domain, choices.visitors, exempt)),
              ...when(choices.polls !== false, configured(visitorPolls)),
            ]),
      ],
    },
    ...components.map((name) => ({ ...base, name: `${name}.${domain}`, modules: addressable() })),
    ...(choices.visitors === undefined
      ? []
      : [
          { ...base, name: `visitors.${domain}`, modules: addressable() },
          ...visitorHosts(domain, focus, {
            polls: choices.polls !== false,
            discoveryAtLogin: choices.discoveryAtLogin === true,
            ...choices.visitors,
          }),
        ]),
  ];
}

function visiting(domain: string, { nodes, autoPromote }: VisitorChoices, exempt: readonly string[]) {
  const places = nodes.map((node) => [node, { host: visitorHost(node), rooms: visitorRooms(node) }]);
  return {
    component: `visitors.${domain}`,
    announcedBy: domain,
    nodes: Object.fromEntries(places) as object,
    autoPromote,
    exempt: [...exempt],
  };
}
