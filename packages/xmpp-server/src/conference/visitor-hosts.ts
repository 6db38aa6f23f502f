/** The hosts of visitor nodes that are part of this server: where visitors log in, and the rooms in which they look at meetings. */
import type { HostPlan } from '../host-plan.js';
import { configured } from '../host/module-set.js';
import { disco } from '../modules/disco.js';
import { externalServices } from '../modules/external-services.js';
import { ping } from '../modules/ping.js';
import { session } from '../modules/session.js';
import { muc } from '../muc/index.js';
import {
  discoveryAtLogin,
  endpointIds,
  replies,
  roomMetadata,
  visitorNodePolls,
  visitorRoom,
} from './index.js';

/** What an operator decides of visitors. */
export interface VisitorChoices {
  /** Names of nodes: `v1`, `v2` … */
  readonly nodes: readonly string[];
  /** Whoever raises a hand takes part at once. Default: a moderator decides. */
  readonly autoPromote?: boolean | undefined;
}

/** Jitsi's clients make the host that visitors log in to of the node's name like this, whatever the domain of the service. */
export const visitorHost = (node: string): string => `${node}.meet.jitsi`;
/** And the host of the rooms there in the place of the domain. */
export const visitorRooms = (node: string): string => `conference.${visitorHost(node)}`;

/** @param focus bare JID of the focus's account */
export function visitorHosts(
  domain: string,
  focus: { readonly account: string; readonly nick: string },
  {
    nodes,
    polls,
    discoveryAtLogin: unasked,
  }: VisitorChoices & { readonly polls: boolean; readonly discoveryAtLogin: boolean },
): readonly HostPlan[] {
  const base = { accounts: 'none', accessibleFrom: 'anyone', trusted: false, items: [] } as const;
  const addressable = () => [configured(disco), configured(ping)];
  return nodes.flatMap((node): HostPlan[] => {
    const visitors = visitorHost(node);
    const metadata = { component: `metadata.${visitors}`, announcedBy: visitors, servicesOf: domain };
    const voting = {
      component: `polls.${visitors}`,
      announcedBy: visitors,
      main: { rooms: `conference.${domain}`, polls: `polls.${domain}` },
    };
    return [
      {
        ...base,
        name: visitors,
        accounts: 'anonymous',
        modules: [
          ...addressable(),
          configured(session),
          configured(externalServices),
          ...(unasked ? [configured(discoveryAtLogin, { of: visitors })] : []),
        ],
      },
      {
        ...base,
        name: visitorRooms(node),
        modules: [
          ...addressable(),
          configured(muc, {
            admins: [focus.account],
            reservedNicks: { [focus.nick]: focus.account },
            limits: { sessionsPerNick: 1 },
            rooms: { moderated: true },
          }),
          configured(endpointIds),
          configured(replies),
          configured(roomMetadata, metadata),
          configured(visitorRoom, {
            visitors,
            main: { host: domain, rooms: `conference.${domain}`, component: `visitors.${domain}` },
          }),
          ...(polls ? [configured(visitorNodePolls, voting)] : []),
        ],
      },
      { ...base, name: metadata.component, modules: addressable() },
      ...(polls ? [{ ...base, name: voting.component, modules: addressable() }] : []),
    ];
  });
}
