/** The hosts that make up conferences: the rooms, and the components beside them that clients find by the main host. */
import type { HostPlan } from '../host-plan.js';
import { configured } from '../host/module-set.js';
import { disco } from '../modules/disco.js';
import { mucArchive } from '../modules/muc-archive.js';
import { ping } from '../modules/ping.js';
import { muc } from '../muc/index.js';
import {
  avModeration,
  breakoutRooms,
  conferenceDuration,
  endConference,
  endpointIds,
  focusLock,
  kicks,
  lobby,
  meetingId,
  permissions,
  polls,
  replies,
  roomMetadata,
  speakerStats,
} from './index.js';

interface Focus {
  /** Bare JID. */
  readonly account: string;
  /** That nobody else may take. */
  readonly nick: string;
  /** The host that passes requests on to it. */
  readonly proxy: string;
}

/** Each is an address of its own, and nothing else: what answers there are the modules of the rooms. */
const components = ['avmoderation', 'endconference', 'metadata', 'polls', 'speakerstats'] as const;

export function conferenceHosts(domain: string, focus: Focus): readonly HostPlan[] {
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
  return [
    {
      ...base,
      name: waiting,
      modules: [
        ...addressable(),
        // Nobody creates rooms there: the lobby says which there are.
        configured(muc, { ...service, rooms: { historyLength: 0 } }),
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
      ],
    },
    {
      ...base,
      name: `conference.${domain}`,
      federated: true,
      modules: [
        ...addressable(),
        configured(muc, { ...service, creation: { domains: [domain] }, accountsOf: [domain] }),
        configured(meetingId),
        configured(endpointIds),
        configured(replies),
        configured(mucArchive),
        configured(permissions),
        configured(kicks),
        configured(focusLock, { nick: focus.nick, proxy: focus.proxy }),
        configured(conferenceDuration),
        configured(roomMetadata, { ...at('metadata'), breakouts }),
        configured(lobby, { lobby: waiting, announcedBy: domain }),
        configured(breakoutRooms, { breakouts, announcedBy: domain }),
        configured(avModeration, at('avmoderation')),
        configured(speakerStats, { ...at('speakerstats'), breakouts }),
        configured(polls, { ...at('polls'), breakouts }),
        configured(endConference, at('endconference')),
      ],
    },
    ...components.map((name) => ({ ...base, name: `${name}.${domain}`, modules: addressable() })),
  ];
}
