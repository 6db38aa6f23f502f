/** The other XMPP servers that are spoken with, as the configuration has them: at start, and whenever it is read anew. */
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { XmppServer, XmppServerConfig } from '@conclave/xmpp-server';
import type { Config } from '../config/schema.js';
import { bindAddress } from '../http/listen.js';
import type { LivePart } from './reload.js';

/** Undefined: none. */
export function federationOf({ xmpp: { s2s } }: Config): XmppServerConfig['s2s'] {
  if (!s2s.enabled) return undefined;
  const { allow, dialback, port, directTls } = s2s;
  const host = bindAddress(s2s.address);
  return {
    host,
    port,
    allow,
    dialback,
    ...(directTls.enabled ? { directTls: { host, port: directTls.port } } : {}),
  };
}

/** Clients stay, and so do streams of servers that are still allowed. A port that cannot be had leaves all as it was. */
export function liveFederation(started: Config, server: XmppServer, log: Logger): LivePart {
  let current = federationOf(started);
  return {
    keys: ['enabled', 'address', 'port', 'allow', 'dialback', 'directTls.enabled', 'directTls.port'].map(
      (key) => `xmpp.s2s.${key}`,
    ),
    prepare: ({ config }) =>
      Promise.resolve(async () => {
        const next = federationOf(config);
        if (isDeepStrictEqual(next, current)) return { changed: [], later: [] };
        try {
          await server.replaceFederation(next);
        } catch (error) {
          log.error({ err: error }, 'the port for other XMPP servers cannot be had');
          return { changed: [], later: ['xmpp.s2s: its port cannot be had'] };
        }
        current = next;
        const domains = next?.allow.join(', ') ?? 'nobody';
        return { changed: [`xmpp.s2s: spoken with: ${domains}`], later: [] };
      }),
  };
}
