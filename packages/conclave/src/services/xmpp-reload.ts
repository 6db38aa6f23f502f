/** What the XMPP server changes while it runs: its modules, its limits and its certificate. */
import { isDeepStrictEqual } from 'node:util';
import type { ModuleChanges, XmppServer } from '@conclave/xmpp-server';
import { ConclaveError } from '../errors/conclave-error.js';
import { serverCertificate, type ServerCertificate } from '../data/server-certificate.js';
import type { Config } from '../config/schema.js';
import { serverLimits, xmppLimits } from '../config/sections/xmpp-limits.js';
import { readModules } from '../modules/read-modules.js';
import type { ServiceContext } from './context.js';
import type { LivePart } from './reload.js';

/** Modules come, change and go; who is connected stays. */
export function liveModules(server: XmppServer): LivePart {
  return {
    keys: ['xmpp.modules'],
    async prepare(next) {
      const modules = await readModules(next);
      return () => {
        const changes = [...replaceModules(server, modules)];
        const lines = (kind: keyof ModuleChanges, said = ''): string[] =>
          changes.flatMap(([host, { [kind]: names }]) =>
            names.map((name) => `xmpp.modules: ${name} on ${host}${said}`),
          );
        const changed = (['unloaded', 'loaded', 'reloaded'] as const).flatMap((kind) =>
          lines(kind, `: ${kind}`),
        );
        return { changed, later: lines('later') };
      };
    },
  };
}

function replaceModules(...[server, modules]: [XmppServer, Parameters<XmppServer['replaceModules']>[0]]) {
  try {
    return server.replaceModules(modules);
  } catch (cause) {
    throw new ConclaveError('CONF-007', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** What comes from then on is held to the new limits; nobody who is there is sent away. */
export function liveLimits(started: Config, server: XmppServer): LivePart {
  type Limits = Config['xmpp']['limits'];
  let current = started.xmpp.limits;
  const names = (Object.keys(xmppLimits.shape) as (keyof Limits)[]).filter(
    (name) => name !== 'scramIterations',
  );
  return {
    keys: names.map((name) => `xmpp.limits.${name}`),
    prepare: ({ config: { xmpp } }) =>
      Promise.resolve(() => {
        const changed = names.filter((name) => xmpp.limits[name] !== current[name]);
        if (changed.length > 0) server.replaceLimits(serverLimits(xmpp.limits));
        current = xmpp.limits;
        return { changed: changed.map((name) => `xmpp.limits.${name}: ${current[name]}`), later: [] };
      }),
  };
}

/** Whoever comes from then on is sent elsewhere, or no longer. */
export function liveRedirections(started: Config, server: XmppServer): LivePart {
  let current = started.xmpp.redirections;
  return {
    keys: ['xmpp.redirections'],
    prepare: ({ config: { xmpp } }) =>
      Promise.resolve(() => {
        if (isDeepStrictEqual(xmpp.redirections, current)) return { changed: [], later: [] };
        current = xmpp.redirections;
        server.replaceRedirections(current);
        const hosts = Object.keys(current).join(', ') || 'nobody';
        return { changed: [`xmpp.redirections: sent elsewhere: ${hosts}`], later: [] };
      }),
  };
}

/** Handshakes from then on see the new certificate; connections that exist go on with the old. */
export function liveCertificate(
  { paths }: ServiceContext,
  server: XmppServer,
  started: ServerCertificate,
): LivePart {
  let current = started;
  return {
    keys: ['tls.certificate', 'tls.key', 'tls.clientAuthorities'],
    async prepare({ config }) {
      const next = await serverCertificate(config, paths, new Date());
      return () => {
        const changed = [
          ...(next.cert === current.cert && next.key === current.key
            ? []
            : [`tls.certificate: valid until ${next.notAfter.toISOString().slice(0, 10)}`]),
          ...(next.clientAuthorities === current.clientAuthorities ? [] : ['tls.clientAuthorities']),
        ];
        if (changed.length > 0) server.replaceCertificate(next);
        current = next;
        return { changed, later: [] };
      };
    },
  };
}
