/**
 * The configuration of Conclave: every key with its type, default, environment variable and description. The only place
 * where a setting is defined; docs/handbook/configuration.md is written from it.
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import { authenticationSchema, redirectionSchema } from '@conclave/xmpp-server';
import { bridgeSettings } from './bridge-settings.js';
import { conferenceApi } from './conference-api.js';
import { conferenceChat } from './conference-chat.js';
import { fileSharing } from './file-sharing.js';
import { focusSettings } from './focus.js';
import { settingMeta, settingsOf } from './setting.js';
import { conferenceVisitors } from './visitors.js';
import { xmppLimits } from './xmpp-limits.js';

const port = (message = 'must be a whole number from 0 to 65535') =>
  z.number({ error: message }).int(message).min(0, message).max(65535, message);

const domainName = z
  .string({ error: 'must be a domain name' })
  .max(200, 'must be a domain name of at most 200 characters')
  .regex(
    /^(?=.{1,200}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/,
    'must be a domain name in lower case, such as meet.example.org',
  );

/** As in addresses of users: lower case, not in the coding that DNS has for other scripts. */
const remoteDomain = z
  .string({ error: 'must be a list of domain names' })
  .max(253, 'must be a list of domain names of at most 253 characters')
  .regex(
    /^[\p{Ll}\p{Lo}\p{N}][\p{Ll}\p{Lo}\p{N}-]*(\.[\p{Ll}\p{Lo}\p{N}][\p{Ll}\p{Lo}\p{N}-]*)*$/u,
    'must be a list of domain names in lower case, such as example.org',
  );

const listenAddress = z
  .string({ error: 'must be `any` or an IP address' })
  .refine((text) => text === 'any' || isIP(text) !== 0, 'must be `any` or an IP address');

const ipAddress = z
  .string({ error: 'must be an IP address' })
  .refine((text) => isIP(text) !== 0, 'must be an IP address');

const path = z.string({ error: 'must be a path' }).min(1, 'must be a path');

const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .refine((text) => ['', '/'].includes(new URL(text).pathname), 'must be an origin, without a path')
  .transform((text) => new URL(text).origin);

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

/** By domain. A secret is all that a component shows, and whoever reaches the port may guess as often as it likes. */
const componentSecrets = z.record(
  domainName,
  z
    .string({ error: 'must give each component a secret' })
    .min(16, 'must have secrets of 16 characters at least'),
  { error: 'must be a section of domains' },
);

const password = z
  .string({ error: 'must be a password' })
  .min(16, 'must be a password of 16 characters at least')
  .max(256, 'must be a password of 256 characters at most');

const onOff = (usual: boolean) => z.boolean({ error: 'must be `true` or `false`' }).default(usual);
const onOff_ = { type: '`true` or `false`' };
const port_ = { type: 'port' };
const address_ = { type: '`any` or an IP address' };

const sections = {
  domain: domainName.default('localhost').register(settingMeta, {
    env: 'CONCLAVE_DOMAIN',
    type: 'domain name',
    about:
      'The domain of the installation, D. Accounts are `user@D`; `guest.D`, `auth.D`, `conference.D`, `internal.auth.D` and `focus.D` follow from it.',
  }),
  data: path.default('./data').register(settingMeta, {
    env: 'CONCLAVE_DATA',
    type: 'path',
    about:
      'The data directory: accounts, generated secrets, certificate. Made on the first start with mode 0700. In the file a relative path starts at the file, else at the working directory.',
  }),
  storage: z.object({
    backend: z
      .enum(['sqlite', 'postgresql', 'memory'], { error: 'must be one of sqlite, postgresql, memory' })
      .default('sqlite')
      .register(settingMeta, {
        env: 'CONCLAVE_STORAGE_BACKEND',
        type: 'sqlite, postgresql or memory',
        about:
          'Where the XMPP server keeps accounts and what belongs to them: a file in the data directory, a PostgreSQL database, or nowhere (all is gone when the server stops).',
      }),
    url: z
      .string({ error: 'must be a postgresql:// URL' })
      .regex(/^postgres(ql)?:\/\/./, 'must be a postgresql:// URL')
      .optional()
      .register(settingMeta, {
        env: 'CONCLAVE_STORAGE_URL',
        type: 'postgresql:// URL',
        secret: true,
        about:
          'The database of the `postgresql` backend, e.g. `postgresql://conclave:secret@db.example.org/conclave`. It must exist; its tables are made and brought up to date at start.',
      }),
  }),
  publicUrl: httpUrl.optional().register(settingMeta, {
    env: 'CONCLAVE_PUBLIC_URL',
    type: 'http(s) origin',
    about:
      'Where people reach the page when a reverse proxy stands before it, e.g. `https://meet.example.org`. Default: `http://<domain>:<http.port>`.',
  }),
  http: z.object({
    address: listenAddress.default('any').register(settingMeta, {
      env: 'CONCLAVE_HTTP_ADDRESS',
      ...address_,
      about: 'Where the web page listens. Behind a reverse proxy on the same machine: `127.0.0.1`.',
    }),
    port: port()
      .default(8080)
      .register(settingMeta, {
        env: 'CONCLAVE_HTTP_PORT',
        ...port_,
        about: 'TCP port of the web page, `/config.js`, `/xmpp-websocket` and `/colibri-ws`.',
      }),
    trustedProxies: z
      .array(ipAddress, { error: 'must be a list of IP addresses' })
      .max(64)
      .default([])
      .register(settingMeta, {
        env: 'CONCLAVE_TRUSTED_PROXIES',
        type: 'list of IP addresses',
        about:
          'Reverse proxies on other machines (and the web service, where it runs elsewhere) whose `X-Forwarded-For` is believed: limits count clients by address. This machine is always trusted.',
      }),
  }),
  xmpp: z.object({
    modules: moduleChoices.default({}).register(settingMeta, {
      env: 'CONCLAVE_XMPP_MODULES',
      type: 'section (in the environment: JSON)',
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
      address: listenAddress.default('any').register(settingMeta, {
        env: 'CONCLAVE_C2S_ADDRESS',
        ...address_,
        about: 'Where the XMPP server listens for clients.',
      }),
      port: port()
        .default(5222)
        .register(settingMeta, {
          env: 'CONCLAVE_C2S_PORT',
          ...port_,
          about: 'TCP port for XMPP clients (STARTTLS); the focus and the videobridge use it too.',
        }),
    }),
    directTls: z.object({
      enabled: z.boolean({ error: 'must be `true` or `false`' }).default(false).register(settingMeta, {
        env: 'CONCLAVE_DIRECT_TLS_ENABLED',
        type: '`true` or `false`',
        about: 'Whether XMPP clients may also connect with TLS from the beginning (XEP-0368).',
      }),
      address: listenAddress.default('any').register(settingMeta, {
        env: 'CONCLAVE_DIRECT_TLS_ADDRESS',
        ...address_,
        about: 'Where they connect.',
      }),
      port: port()
        .default(5223)
        .register(settingMeta, {
          env: 'CONCLAVE_DIRECT_TLS_PORT',
          ...port_,
          about: 'TCP port for that.',
        }),
    }),
    authentication: authenticationSchema.optional().register(settingMeta, {
      env: 'CONCLAVE_XMPP_AUTHENTICATION',
      type: 'section (in the environment: JSON)',
      secret: true,
      about:
        'Who knows the people of D, where it is not the server itself. `provider: token` with `token`: JSON Web Tokens (`appId`, and `appSecret`, `keySetUrl` or `keyServerUrl`; `issuers`, `audiences`, `requireRoom`, `allowEmpty`, `verifySubject`, `exemptDomains`), which also decide who enters which room. `provider: ldap` with `ldap`: a directory (`url`, `base`, `filter`, `bindDn`, `bindPassword`, `startTls`, `ca`). `provider: http` with `http`: a service (`url`, `secret`) that is asked for passwords by POST. `conclavectl register` has nothing to do then.',
    }),
    pubsub: z.boolean({ error: 'must be `true` or `false`' }).default(false).register(settingMeta, {
      env: 'CONCLAVE_XMPP_PUBSUB',
      type: '`true` or `false`',
      about:
        'Whether `pubsub.D` is a publish-subscribe service (XEP-0060), where the accounts of D make nodes that others subscribe to. (What accounts publish of themselves needs no such service.)',
    }),
    limits: xmppLimits,
    redirections: z
      .record(z.string(), redirectionSchema, { error: 'must be a section of hosts' })
      .default({})
      .register(settingMeta, {
        env: 'CONCLAVE_XMPP_REDIRECTIONS',
        type: 'section (in the environment: JSON)',
        about:
          'Where clients of D or `guest.D` are sent, by host: `host` (host name, with a port or without) for clients over TCP, `webSocket` (wss URL) and `bosh` (https URL) for the others. `when: stopping` (the default) tells those who are connected when the server stops; `when: always` also tells whoever comes, before they log in, so that the server empties by and by.',
      }),
    component: z.object({
      address: listenAddress.default('127.0.0.1').register(settingMeta, {
        env: 'CONCLAVE_COMPONENT_ADDRESS',
        ...address_,
        about:
          'Where the XMPP server listens for external components. That protocol is not encrypted: keep it local.',
      }),
      port: port()
        .default(5347)
        .register(settingMeta, {
          env: 'CONCLAVE_COMPONENT_PORT',
          ...port_,
          about: 'TCP port for external components (XEP-0114).',
        }),
      secrets: componentSecrets.optional().register(settingMeta, {
        env: 'CONCLAVE_COMPONENT_SECRETS',
        type: 'section (in the environment: JSON)',
        secret: true,
        about:
          'The external components that may connect: the domain of each, and its secret, e.g. `irc.example.org: Xk3…`. A component speaks for everybody at its domain.',
      }),
    }),
    s2s: z.object({
      enabled: z.boolean({ error: 'must be `true` or `false`' }).default(false).register(settingMeta, {
        env: 'CONCLAVE_S2S_ENABLED',
        type: '`true` or `false`',
        about:
          'Whether users of other XMPP servers reach the accounts of D and the rooms of `conference.D`, and the other way round. It needs a certificate that is valid for both. Guests stay out of it.',
      }),
      address: listenAddress.default('any').register(settingMeta, {
        env: 'CONCLAVE_S2S_ADDRESS',
        ...address_,
        about: 'Where other servers connect.',
      }),
      port: port()
        .default(5269)
        .register(settingMeta, {
          env: 'CONCLAVE_S2S_PORT',
          ...port_,
          about: 'TCP port for other servers (STARTTLS).',
        }),
      directTls: z.object({
        enabled: z.boolean({ error: 'must be `true` or `false`' }).default(false).register(settingMeta, {
          env: 'CONCLAVE_S2S_DIRECT_TLS_ENABLED',
          type: '`true` or `false`',
          about: 'Whether other servers may also connect with TLS from the beginning (XEP-0368).',
        }),
        port: port()
          .default(5270)
          .register(settingMeta, {
            env: 'CONCLAVE_S2S_DIRECT_TLS_PORT',
            ...port_,
            about: 'TCP port for that.',
          }),
      }),
      allow: z
        .array(remoteDomain, { error: 'must be a list of domain names' })
        .max(10_000)
        .default([])
        .register(settingMeta, {
          env: 'CONCLAVE_S2S_ALLOW',
          type: 'list of domain names',
          about:
            'The domains that may be spoken with: exactly these, so the rooms of another server have to be named beside it, e.g. `example.org`, `conference.example.org`.',
        }),
      dialback: z.boolean({ error: 'must be `true` or `false`' }).default(false).register(settingMeta, {
        env: 'CONCLAVE_S2S_DIALBACK',
        type: '`true` or `false`',
        about:
          'Whether a server of these domains is believed without a valid certificate when DNS leads to it (XEP-0220). Whoever can forge DNS answers can then speak for them.',
      }),
    }),
    internalHttp: z.object({
      address: listenAddress.default('127.0.0.1').register(settingMeta, {
        env: 'CONCLAVE_XMPP_HTTP_ADDRESS',
        ...address_,
        about:
          'As a process of its own the XMPP server takes the WebSocket connections that the web service passes on. Here it listens for them.',
      }),
      port: port()
        .default(5280)
        .register(settingMeta, {
          env: 'CONCLAVE_XMPP_HTTP_PORT',
          ...port_,
          about: 'TCP port for that.',
        }),
      url: httpUrl.default('http://127.0.0.1:5280').register(settingMeta, {
        env: 'CONCLAVE_XMPP_HTTP_URL',
        type: 'http origin',
        about: 'Where the web service passes `/xmpp-websocket` on to when it runs as a process of its own.',
      }),
    }),
  }),
  conference: z.object({
    tenants: onOff(true).register(settingMeta, {
      env: 'CONCLAVE_TENANTS',
      ...onOff_,
      about:
        'Whether there are tenants: a page at `/<tenant>/<room>` is for the room `room@conference.<tenant>.D`, which is another than `room@conference.D`.',
    }),
    lobby: onOff(true).register(settingMeta, {
      env: 'CONCLAVE_LOBBY',
      ...onOff_,
      about: 'Whether moderators may have people wait in a lobby until they let them in.',
    }),
    lobbyFromStart: onOff(false).register(settingMeta, {
      env: 'CONCLAVE_LOBBY_FROM_START',
      ...onOff_,
      about:
        'Whether conferences begin with a lobby, so that nobody is in before a host has looked. Accounts of D, and tokens that make moderators, do not wait. There is a lobby then, whatever `conference.lobby` says.',
    }),
    breakoutRooms: onOff(true).register(settingMeta, {
      env: 'CONCLAVE_BREAKOUT_ROOMS',
      ...onOff_,
      about: 'Whether moderators may divide a conference into breakout rooms.',
    }),
    polls: onOff(true).register(settingMeta, {
      env: 'CONCLAVE_POLLS',
      ...onOff_,
      about: 'Whether there are polls.',
    }),
    avModeration: onOff(true).register(settingMeta, {
      env: 'CONCLAVE_AV_MODERATION',
      ...onOff_,
      about: 'Whether moderators may decide who unmutes microphone, camera and screen.',
    }),
    waitForHost: onOff(false).register(settingMeta, {
      env: 'CONCLAVE_WAIT_FOR_HOST',
      ...onOff_,
      about:
        'Whether guests wait in the lobby of a room that is open until somebody with an account of D, or with a token, has come. There is a lobby then, whatever `conference.lobby` says.',
    }),
    chat: conferenceChat,
    visitors: conferenceVisitors,
    fileSharing,
    audioTranslation: onOff(false).register(settingMeta, {
      env: 'CONCLAVE_AUDIO_TRANSLATION',
      ...onOff_,
      about:
        'Whether people may ask to hear others in another language. It takes a service that translates speech, which the focus connects the bridges to.',
    }),
    everybodyModerates: onOff(false).register(settingMeta, {
      env: 'CONCLAVE_EVERYBODY_MODERATES',
      ...onOff_,
      about: 'Whether whoever enters a conference is a moderator.',
    }),
    discoveryAtLogin: onOff(false).register(settingMeta, {
      env: 'CONCLAVE_DISCOVERY_AT_LOGIN',
      ...onOff_,
      about:
        'Whether clients that come for a conference are told as they log in which components there are, so that they need not ask, and are in sooner where the way to the server is long. They are told of TURN servers when they enter the conference then.',
    }),
    requireNames: onOff(false).register(settingMeta, {
      env: 'CONCLAVE_REQUIRE_NAMES',
      ...onOff_,
      about: 'Whether everybody has to say a name before entering.',
    }),
    hideNamesFromGuests: onOff(false).register(settingMeta, {
      env: 'CONCLAVE_HIDE_NAMES_FROM_GUESTS',
      ...onOff_,
      about:
        'Whether only moderators learn who the others are: their names, addresses, pictures. In polls, files and statistics nobody is named then.',
    }),
    maxMinutes: z
      .int('must be a whole number')
      .min(1, 'must be 1 at least')
      .optional()
      .register(settingMeta, {
        env: 'CONCLAVE_MAX_MINUTES',
        type: 'whole number',
        about: 'How many minutes a conference may last; then it ends for all. Default: as long as it wants.',
      }),
    eventsUrl: z
      .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
      .optional()
      .register(settingMeta, {
        env: 'CONCLAVE_CONFERENCE_EVENTS_URL',
        type: 'http(s) URL',
        about:
          'A service that is told by `POST <url>/events/room/created` and so on, in JSON, what happens in conferences: `room/created`, `room/destroyed` (with how much it was used), `occupant/joined`, `occupant/left`, `occupant/role-changed`, `recording/started`, `recording/stopped`, `transcription/started`, `transcription/stopped`, `poll/created`, `poll/answered`.',
      }),
    eventsToken: z.string().min(1).optional().register(settingMeta, {
      env: 'CONCLAVE_CONFERENCE_EVENTS_TOKEN',
      type: 'text',
      secret: true,
      about: 'Sent to that service as `Authorization: Bearer`.',
    }),
    eventsChat: onOff(false).register(settingMeta, {
      env: 'CONCLAVE_CONFERENCE_EVENTS_CHAT',
      ...onOff_,
      about:
        'Whether that service is also told what is written to all in a conference (`chat/message`). What is written in private it is never told.',
    }),
    reservationsUrl: z
      .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
      .optional()
      .register(settingMeta, {
        env: 'CONCLAVE_RESERVATIONS_URL',
        type: 'http(s) URL',
        about:
          "A service that is asked by `POST <url>/conference` before a conference is opened, whether it is booked (Jitsi's reservation API), and how: until when, with which password, with a lobby, for how many people. What it does not have in its books is not opened; nor is anything while it does not answer.",
      }),
    reservationsToken: z.string().min(1).optional().register(settingMeta, {
      env: 'CONCLAVE_RESERVATIONS_TOKEN',
      type: 'text',
      secret: true,
      about: 'Sent to that service as `Authorization: Bearer`.',
    }),
    api: conferenceApi,
    maxParticipants: z
      .int('must be a whole number')
      .min(1, 'must be 1 at least')
      .optional()
      .register(settingMeta, {
        env: 'CONCLAVE_MAX_PARTICIPANTS',
        type: 'whole number',
        about:
          'How many people fit into one conference. Default: as many as a room of the XMPP server takes (1000).',
      }),
  }),
  media: z.object({
    address: listenAddress.default('any').register(settingMeta, {
      env: 'CONCLAVE_MEDIA_ADDRESS',
      ...address_,
      about: 'Where the videobridge takes audio and video.',
    }),
    port: port()
      .default(10000)
      .register(settingMeta, {
        env: 'CONCLAVE_MEDIA_PORT',
        ...port_,
        about: 'UDP port of audio and video: one port for everybody. It must be reachable from outside.',
      }),
    advertisedAddresses: z
      .array(ipAddress, { error: 'must be a list of IP addresses' })
      .max(16)
      .default([])
      .register(settingMeta, {
        env: 'CONCLAVE_ADVERTISED_ADDRESSES',
        type: 'list of IP addresses',
        about:
          'The addresses under which the media port is reachable, told to the browsers. Needed behind NAT and in containers. In the environment separated by commas. Default: the addresses of this machine.',
      }),
    ...bridgeSettings,
    internalHttp: z.object({
      address: listenAddress.default('127.0.0.1').register(settingMeta, {
        env: 'CONCLAVE_BRIDGE_HTTP_ADDRESS',
        ...address_,
        about:
          'As a process of its own the videobridge takes the bridge-channel WebSockets that the web service passes on. Here it listens for them.',
      }),
      port: port()
        .default(9090)
        .register(settingMeta, {
          env: 'CONCLAVE_BRIDGE_HTTP_PORT',
          ...port_,
          about: 'TCP port for that.',
        }),
      url: httpUrl.default('http://127.0.0.1:9090').register(settingMeta, {
        env: 'CONCLAVE_BRIDGE_HTTP_URL',
        type: 'http origin',
        about: 'Where the web service passes `/colibri-ws` on to when it runs as a process of its own.',
      }),
    }),
  }),
  recording: z.object({
    servicePassword: password.optional().register(settingMeta, {
      env: 'CONCLAVE_JIBRI_PASSWORD',
      type: 'password',
      secret: true,
      about:
        'Password of the account `jibri@auth.D`, with which recorders (Jibri) report for work in the room `jibribrewery@internal.auth.D`. Goes with `recording.recorderPassword`. Without them there is no recording and no live streaming.',
    }),
    recorderPassword: password.optional().register(settingMeta, {
      env: 'CONCLAVE_RECORDER_PASSWORD',
      type: 'password',
      secret: true,
      about:
        'Password of the account `recorder@recorder.D`, with which the browser of a recorder enters the conference. Clients do not show it as a person.',
    }),
  }),
  telephony: z.object({
    servicePassword: password.optional().register(settingMeta, {
      env: 'CONCLAVE_JIGASI_PASSWORD',
      type: 'password',
      secret: true,
      about:
        'Password of the account `jigasi@auth.D`, with which SIP gateways (Jigasi) report for work in the room `jigasibrewery@internal.auth.D` and enter conferences. Without it nobody is called.',
    }),
  }),
  focus: z.object({
    ...focusSettings,
    ssrcRewriting: onOff(false).register(settingMeta, {
      env: 'CONCLAVE_FOCUS_SSRC_REWRITING',
      ...onOff_,
      about:
        'Whether clients that know how see and hear others on a fixed number of streams, and are told by the bridge who is on which, rather than be told by the focus of every source in the meeting.',
    }),
    internalHttp: z.object({
      address: listenAddress.default('127.0.0.1').register(settingMeta, {
        env: 'CONCLAVE_FOCUS_HTTP_ADDRESS',
        ...address_,
        about:
          'As a process of its own the focus answers operators and takes the conference requests that the web service passes on. Here it listens for them. Whoever reaches it may move participants and pin rooms.',
      }),
      port: port()
        .default(8888)
        .register(settingMeta, {
          env: 'CONCLAVE_FOCUS_HTTP_PORT',
          ...port_,
          about: 'TCP port for that.',
        }),
      url: httpUrl.default('http://127.0.0.1:8888').register(settingMeta, {
        env: 'CONCLAVE_FOCUS_HTTP_URL',
        type: 'http origin',
        about:
          'Where the web service passes `/conference-request/v1` on to when it runs as a process of its own.',
      }),
    }),
  }),
  tls: z.object({
    certificate: path.optional().register(settingMeta, {
      env: 'CONCLAVE_TLS_CERTIFICATE',
      type: 'path',
      about:
        'PEM file with the full chain for XMPP clients. Without it a self-signed certificate is made. Goes with `tls.key`.',
    }),
    key: path.optional().register(settingMeta, {
      env: 'CONCLAVE_TLS_KEY',
      type: 'path',
      about: 'PEM file with the key of `tls.certificate`.',
    }),
    clientAuthorities: path.optional().register(settingMeta, {
      env: 'CONCLAVE_TLS_CLIENT_AUTHORITIES',
      type: 'path',
      about:
        'PEM file with the certificate authorities by whose certificates XMPP clients log in without a password (SASL EXTERNAL, XEP-0178). A certificate names its accounts as id-on-xmppAddr. Such an authority can make itself anybody, the service accounts included, so it is one of your own. Default: clients are not asked for certificates.',
    }),
  }),
  admin: z.object({
    socket: path.optional().register(settingMeta, {
      env: 'CONCLAVE_ADMIN_SOCKET',
      type: 'path',
      about:
        'The Unix socket through which `conclavectl` speaks to the running XMPP server. Default: `admin.sock` in the data directory.',
    }),
  }),
  log: z.object({
    level: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace'], {
        error: 'must be one of fatal, error, warn, info, debug, trace',
      })
      .default('info')
      .register(settingMeta, {
        env: 'CONCLAVE_LOG_LEVEL',
        type: 'fatal, error, warn, info, debug or trace',
        about: 'How much is logged. `info` is what an operator wants to know.',
      }),
    format: z
      .enum(['auto', 'pretty', 'json'], { error: 'must be one of auto, pretty, json' })
      .default('auto')
      .register(settingMeta, {
        env: 'CONCLAVE_LOG_FORMAT',
        type: 'auto, pretty or json',
        about: '`auto`: readable on a terminal, else one JSON object a line.',
      }),
  }),
};

export const configSchema = z.object(sections);

export type Config = z.infer<typeof configSchema>;

/** All settings in the order of the reference page. */
export const settings = settingsOf(configSchema);
