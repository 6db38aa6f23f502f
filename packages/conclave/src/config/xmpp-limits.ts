/**
 * What one client may cost the XMPP server, as the operator says it: sizes in bytes, times in seconds. The defaults are those of the
 * server itself, and meant to be safe on the open Internet.
 */
import { z } from 'zod';
import { defaultLimits, type ServerLimits } from '@conclave/xmpp-server';
import { settingMeta } from './setting.js';

/** A whole number of at least `least`. */
function amount(name: string, byDefault: number, [least, most]: readonly [number, number], about: string) {
  const message = `must be a whole number from ${least} to ${most}`;
  return z
    .number({ error: message })
    .int(message)
    .min(least, message)
    .max(most, message)
    .default(byDefault)
    .register(settingMeta, {
      env: `CONCLAVE_XMPP_LIMITS_${name}`,
      type: `number from ${least} to ${most}`,
      about,
    });
}

const { unauthenticated, authenticated, rate, bosh } = defaultLimits;
const million = 1_000_000;
const mebibytes = 1024 * 1024;
const hour = 3600;

export const xmppLimits = z.object({
  stanzaBytes: amount(
    'STANZA_BYTES',
    authenticated.stanzaBytes,
    [10_000, 16 * mebibytes],
    'The largest stanza of a client that has logged in; clients are told (XEP-0478).',
  ),
  loginStanzaBytes: amount(
    'LOGIN_STANZA_BYTES',
    unauthenticated.stanzaBytes,
    [1_000, mebibytes],
    'The largest element of a client that has not logged in yet.',
  ),
  stanzaElements: amount(
    'STANZA_ELEMENTS',
    authenticated.elements,
    [100, million],
    'How many XML elements a stanza may have.',
  ),
  stanzaDepth: amount('STANZA_DEPTH', authenticated.depth, [16, 1_000], 'How deep they may be nested.'),
  bytesPerSecond: amount(
    'BYTES_PER_SECOND',
    rate.bytesPerSecond,
    [1_000, 1_000 * million],
    'How fast a client is read in the long run; one that sends faster waits, and nothing is lost.',
  ),
  burstBytes: amount(
    'BURST_BYTES',
    rate.burst,
    [1_000, 1_000 * million],
    'What a client may send at once before that rate counts.',
  ),
  unsentBytes: amount(
    'UNSENT_BYTES',
    defaultLimits.maxUnsentBytes,
    [mebibytes, 1024 * mebibytes],
    'What may wait for a client that does not read; beyond, it is cut off.',
  ),
  loginSeconds: amount(
    'LOGIN_SECONDS',
    defaultLimits.loginTimeout / 1000,
    [5, 600],
    'How long a client may take from connecting to being logged in.',
  ),
  loginAttempts: amount(
    'LOGIN_ATTEMPTS',
    defaultLimits.loginAttempts,
    [1, 100],
    'How often a client may fail to log in on one connection. (Each failure costs its address and the account time besides.)',
  ),
  idleSeconds: amount(
    'IDLE_SECONDS',
    defaultLimits.idleTimeout / 1000,
    [10, hour],
    'After how long without a word a client is asked whether it is there; after twice that, it is taken for gone.',
  ),
  hibernationSeconds: amount(
    'HIBERNATION_SECONDS',
    defaultLimits.hibernation / 1000,
    [1, 24 * hour],
    'How long a session waits for a client that has lost its connection (XEP-0198). Until then it is shown as present.',
  ),
  successionSeconds: amount(
    'SUCCESSION_SECONDS',
    defaultLimits.succession / 1000,
    [1, 600],
    'How long rooms keep the place of the focus when it is started anew.',
  ),
  connectionsPerAddress: amount(
    'CONNECTIONS_PER_ADDRESS',
    defaultLimits.connectionsPerAddress,
    [1, million],
    'Connections of one IP address at a time. Whole offices can have the same.',
  ),
  sessionsPerAddress: amount(
    'SESSIONS_PER_ADDRESS',
    defaultLimits.sessionsPerAddress,
    [1, million],
    'Sessions of one IP address, those included that wait for their client.',
  ),
  sessionsPerAccount: amount(
    'SESSIONS_PER_ACCOUNT',
    defaultLimits.sessionsPerAccount,
    [1, 10_000],
    'Sessions of one account.',
  ),
  unackedStanzas: amount(
    'UNACKED_STANZAS',
    defaultLimits.unackedStanzas,
    [10, million],
    'Stanzas that are kept until the client has acknowledged them (XEP-0198). A session that misses more cannot be resumed.',
  ),
  unackedBytes: amount(
    'UNACKED_BYTES',
    defaultLimits.unackedBytes,
    [mebibytes, 1024 * mebibytes],
    'How large they may be together.',
  ),
  directedPresences: amount(
    'DIRECTED_PRESENCES',
    defaultLimits.directedPresences,
    [10, 100_000],
    'To how many addresses beside its contacts a session may say that it is there; each room is one.',
  ),
  pendingRequests: amount(
    'PENDING_REQUESTS',
    defaultLimits.pendingIqs,
    [4, 10_000],
    'Requests (IQ) of one session that may be answered at the same time.',
  ),
  requestSeconds: amount(
    'REQUEST_SECONDS',
    defaultLimits.requestTimeout / 1000,
    [1, 600],
    'How long the server waits for the answer to a request of its own.',
  ),
  tokenDays: amount(
    'TOKEN_DAYS',
    defaultLimits.tokenLifetime / (24 * hour * 1000),
    [1, 365],
    'How long a token that a client has got in place of the password is good (XEP-0484); it is renewed when it is used.',
  ),
  scramIterations: amount(
    'SCRAM_ITERATIONS',
    defaultLimits.scramIterations,
    [4_096, 10 * million],
    'PBKDF2 iterations of passwords that are set from now on; others follow when their owners log in by PLAIN. Takes effect at the next start.',
  ),
  boshWaitSeconds: amount(
    'BOSH_WAIT_SECONDS',
    bosh.wait / 1000,
    [1, 600],
    'How long an HTTP request of BOSH is held at most. Reverse proxies must be more patient than this.',
  ),
  boshInactivitySeconds: amount(
    'BOSH_INACTIVITY_SECONDS',
    bosh.inactivity / 1000,
    [1, 600],
    'How long a client may have no HTTP request under way before its connection counts as lost.',
  ),
});

/** As the server takes them. */
export function serverLimits(limits: z.infer<typeof xmppLimits>): Partial<ServerLimits> {
  return {
    unauthenticated: { ...unauthenticated, stanzaBytes: limits.loginStanzaBytes },
    authenticated: {
      ...authenticated,
      stanzaBytes: limits.stanzaBytes,
      elements: limits.stanzaElements,
      depth: limits.stanzaDepth,
    },
    rate: { bytesPerSecond: limits.bytesPerSecond, burst: limits.burstBytes },
    maxUnsentBytes: limits.unsentBytes,
    loginTimeout: limits.loginSeconds * 1000,
    loginAttempts: limits.loginAttempts,
    idleTimeout: limits.idleSeconds * 1000,
    hibernation: limits.hibernationSeconds * 1000,
    succession: limits.successionSeconds * 1000,
    connectionsPerAddress: limits.connectionsPerAddress,
    sessionsPerAddress: limits.sessionsPerAddress,
    sessionsPerAccount: limits.sessionsPerAccount,
    unackedStanzas: limits.unackedStanzas,
    unackedBytes: limits.unackedBytes,
    directedPresences: limits.directedPresences,
    pendingIqs: limits.pendingRequests,
    requestTimeout: limits.requestSeconds * 1000,
    tokenLifetime: limits.tokenDays * 24 * hour * 1000,
    scramIterations: limits.scramIterations,
    bosh: { ...bosh, wait: limits.boshWaitSeconds * 1000, inactivity: limits.boshInactivitySeconds * 1000 },
  };
}
