/** The XMPP server: its modules, where it listens, and who its people are: `xmpp`. */
import { z } from 'zod';
import { authenticationSchema, redirectionSchema } from '@conclave/xmpp-server';
import { settingMeta } from '../setting.js';
import { internalOrigin, jsonSection, listenAddress, onOff, port } from '../values.js';
import { component } from './component.js';
import { s2s } from './s2s.js';
import { xmppLimits } from './xmpp-limits.js';

/** By host, then by module: `false`, or its options; nothing and `true` are no options. */
const moduleChoices = z.record(
  z.string(),
  z.record(
    z.string(),
    z
      .union([z.boolean(), z.null(), z.record(z.string(), z.unknown())], {
        error: 'must give each module `false` or its options',
      })
      .transform((choice) => (choice === true || choice === null ? {} : choice)),
    { error: 'must have a section of modules for each host' },
  ),
  { error: 'must be a section of hosts' },
);

export const xmpp = z.object({
  modules: moduleChoices.default({}).register(settingMeta, {
    env: 'CONCLAVE_XMPP_MODULES',
    ...jsonSection,
    about:
      'For each host of the XMPP server: modules that are switched off (`false`), or loaded with other options, or added: `./file.mjs` or `npm:package`. [Modules](modules.md) tells more.',
  }),
  host: z.string().min(1).default('127.0.0.1').register(settingMeta, {
    env: 'CONCLAVE_XMPP_HOST',
    type: 'host name or IP address',
    about:
      'Where the focus and the videobridge find the XMPP server when they run as processes of their own.',
  }),
  c2s: z.object({
    address: listenAddress('CONCLAVE_C2S_ADDRESS', 'any', 'Where the XMPP server listens for clients.'),
    port: port(
      'CONCLAVE_C2S_PORT',
      5222,
      'TCP port for XMPP clients (STARTTLS); the focus and the videobridge use it too.',
    ),
  }),
  directTls: z.object({
    enabled: onOff(
      'CONCLAVE_DIRECT_TLS_ENABLED',
      false,
      'Whether XMPP clients may also connect with TLS from the beginning (XEP-0368).',
    ),
    address: listenAddress('CONCLAVE_DIRECT_TLS_ADDRESS', 'any', 'Where they connect.'),
    port: port('CONCLAVE_DIRECT_TLS_PORT', 5223, 'TCP port for that.'),
  }),
  authentication: authenticationSchema.optional().register(settingMeta, {
    env: 'CONCLAVE_XMPP_AUTHENTICATION',
    ...jsonSection,
    secret: true,
    about:
      'Who knows the people of D, where it is not the server itself. `provider: token` with `token`: JSON Web Tokens (`appId`, and `appSecret`, `keySetUrl` or `keyServerUrl`; `issuers`, `audiences`, `requireRoom`, `allowEmpty`, `verifySubject`, `exemptDomains`), which also decide who enters which room. `provider: ldap` with `ldap`: a directory (`url`, `base`, `filter`, `bindDn`, `bindPassword`, `startTls`, `ca`). `provider: http` with `http`: a service (`url`, `secret`) that is asked for passwords by POST. `conclavectl register` has nothing to do then.',
  }),
  pubsub: onOff(
    'CONCLAVE_XMPP_PUBSUB',
    false,
    'Whether `pubsub.D` is a publish-subscribe service (XEP-0060), where the accounts of D make nodes that others subscribe to. (What accounts publish of themselves needs no such service.)',
  ),
  limits: xmppLimits,
  redirections: z
    .record(z.string(), redirectionSchema, { error: 'must be a section of hosts' })
    .default({})
    .register(settingMeta, {
      env: 'CONCLAVE_XMPP_REDIRECTIONS',
      ...jsonSection,
      about:
        'Where clients of D or `guest.D` are sent, by host: `host` (host name, with a port or without) for clients over TCP, `webSocket` (wss URL) and `bosh` (https URL) for the others. `when: stopping` (the default) tells those who are connected when the server stops; `when: always` also tells whoever comes, before they log in, so that the server empties by and by.',
    }),
  component,
  s2s,
  internalHttp: z.object({
    address: listenAddress(
      'CONCLAVE_XMPP_HTTP_ADDRESS',
      '127.0.0.1',
      'As a process of its own the XMPP server takes the WebSocket connections that the web service passes on. Here it listens for them.',
    ),
    port: port('CONCLAVE_XMPP_HTTP_PORT', 5280, 'TCP port for that.'),
    url: internalOrigin(
      'CONCLAVE_XMPP_HTTP_URL',
      'http://127.0.0.1:5280',
      'Where the web service passes `/xmpp-websocket` on to when it runs as a process of its own.',
    ),
  }),
});
