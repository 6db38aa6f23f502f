/**
 * Where one is in a conference: in its own room, or at a visitor node, from where one only looks on. The hosts of a node have names made of
 * the node's (as Jitsi's clients make them), and are reached over the same WebSocket: nobody is sent to another server.
 */
import type { JoinOptions } from './join-options.js';

export interface Place {
  /** ws:// or wss:// URL of the WebSocket, with what the server wants to know of the connection. */
  readonly service: string;
  /** Where one logs in. */
  readonly domain: string;
  /** Bare JID. */
  readonly room: string;
  /** Name of the node; undefined in the conference's own room. */
  readonly node?: string;
}

export type PlaceOptions = Pick<JoinOptions, 'serviceUrl' | 'domains' | 'room'>;

const nodeName = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/i;

function serviceFor(
  { serviceUrl, room }: PlaceOptions,
  parameters: Readonly<Record<string, string>>,
): string {
  const url = new URL(serviceUrl);
  for (const [name, value] of Object.entries({ room, ...parameters })) url.searchParams.set(name, value);
  return url.toString();
}

/** @param leave of a moderator, with which one takes part where others only look on */
export function mainPlace(options: PlaceOptions, leave?: string): Place {
  const { domains, room } = options;
  return {
    service: serviceFor(options, leave === undefined ? {} : { customusername: leave }),
    domain: domains.anonymous ?? domains.domain,
    room: `${room.toLowerCase()}@${domains.muc}`,
  };
}

/** The place at a node; undefined when that is no name of a node, or the room service is no host of the domain. */
export function nodePlace(options: PlaceOptions, node: string): Place | undefined {
  const { domains, room } = options;
  const behind = `.${domains.domain}`;
  if (!nodeName.test(node) || !domains.muc.endsWith(behind)) return undefined;
  const domain = `${node.toLowerCase()}.meet.jitsi`;
  return {
    service: serviceFor(options, { vnode: node }),
    domain,
    room: `${room.toLowerCase()}@${domains.muc.slice(0, -behind.length)}.${domain}`,
    node,
  };
}
