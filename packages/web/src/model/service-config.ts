/** What the page needs of `/config.js`, the file that Jitsi's clients read too: a global `config` with hosts and addresses. */
import type { Domains } from '@conclave/client';

export interface ServiceConfig {
  /** ws:// or wss:// URL. */
  readonly serviceUrl: string;
  readonly domains: Domains;
  /** Names of the codecs that cameras are sent in, the best first. */
  readonly videoCodecs?: readonly string[];
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** What Jitsi's clients call the order of preference. */
function codecsOf(config: object): readonly string[] | undefined {
  const quality: unknown = 'videoQuality' in config ? config.videoQuality : undefined;
  if (typeof quality !== 'object' || quality === null || !('codecPreferenceOrder' in quality))
    return undefined;
  const order: unknown = quality.codecPreferenceOrder;
  if (!Array.isArray(order)) return undefined;
  const names = order.map(text).filter((name) => name !== undefined);
  return names.length > 0 ? names : undefined;
}

/** `location` decides where `websocket` is when it is absent or relative. Undefined when no domain is configured. */
export function readServiceConfig(
  config: unknown,
  location: { readonly href: string },
): ServiceConfig | undefined {
  if (typeof config !== 'object' || config === null || !('hosts' in config)) return undefined;
  const { hosts } = config;
  if (typeof hosts !== 'object' || hosts === null) return undefined;
  const { domain, anonymousdomain, muc, focus } = hosts as Record<string, unknown>;
  const main = text(domain);
  const rooms = text(muc);
  if (main === undefined || rooms === undefined) return undefined;
  const guests = text(anonymousdomain);
  const websocket = text('websocket' in config ? config.websocket : undefined) ?? '/xmpp-websocket';
  let url: URL;
  try {
    url = new URL(websocket, location.href);
  } catch {
    return undefined;
  }
  url.protocol = url.protocol.replace(/^http/, 'ws');
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') return undefined;
  const videoCodecs = codecsOf(config);
  return {
    serviceUrl: url.href,
    ...(videoCodecs && { videoCodecs }),
    domains: {
      domain: main,
      muc: rooms,
      focus: text(focus) ?? `focus.${main}`,
      ...(guests !== undefined && { anonymous: guests }),
    },
  };
}
