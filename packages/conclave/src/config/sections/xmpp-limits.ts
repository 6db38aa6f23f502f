/**
 * What one client may cost the XMPP server, as the operator says it: sizes in bytes, times in seconds. The defaults are those of the
 * server itself, and meant to be safe on the open Internet.
 */
import { z } from 'zod';
import { defaultLimits, type ServerLimits } from '@conclave/xmpp-server';
import { whole } from '../values.js';

const { unauthenticated, authenticated, rate, bosh } = defaultLimits;
const million = 1_000_000;
const mebibytes = 1024 * 1024;
const hour = 3600;

export const xmppLimits = z.object({
  stanzaBytes: whole(
    'CONCLAVE_XMPP_LIMITS_STANZA_BYTES',
    authenticated.stanzaBytes,
    'The largest stanza of a client that has logged in; clients are told (XEP-0478).',
    [10_000, 16 * mebibytes],
  ),
  loginStanzaBytes: whole(
    'CONCLAVE_XMPP_LIMITS_LOGIN_STANZA_BYTES',
    unauthenticated.stanzaBytes,
    'The largest element of a client that has not logged in yet.',
    [1_000, mebibytes],
  ),
  stanzaElements: whole(
    'CONCLAVE_XMPP_LIMITS_STANZA_ELEMENTS',
    authenticated.elements,
    'How many XML elements a stanza may have.',
    [100, million],
  ),
  stanzaDepth: whole(
    'CONCLAVE_XMPP_LIMITS_STANZA_DEPTH',
    authenticated.depth,
    'How deep they may be nested.',
    [16, 1_000],
  ),
  bytesPerSecond: whole(
    'CONCLAVE_XMPP_LIMITS_BYTES_PER_SECOND',
    rate.bytesPerSecond,
    'How fast a client is read in the long run; one that sends faster waits, and nothing is lost.',
    [1_000, 1_000 * million],
  ),
  burstBytes: whole(
    'CONCLAVE_XMPP_LIMITS_BURST_BYTES',
    rate.burst,
    'What a client may send at once before that rate counts.',
    [1_000, 1_000 * million],
  ),
  unsentBytes: whole(
    'CONCLAVE_XMPP_LIMITS_UNSENT_BYTES',
    defaultLimits.maxUnsentBytes,
    'What may wait for a client that does not read; beyond, it is cut off.',
    [mebibytes, 1024 * mebibytes],
  ),
  loginSeconds: whole(
    'CONCLAVE_XMPP_LIMITS_LOGIN_SECONDS',
    defaultLimits.loginTimeout / 1000,
    'How long a client may take from connecting to being logged in.',
    [5, 600],
  ),
  loginAttempts: whole(
    'CONCLAVE_XMPP_LIMITS_LOGIN_ATTEMPTS',
    defaultLimits.loginAttempts,
    'How often a client may fail to log in on one connection. (Each failure costs its address and the account time besides.)',
    [1, 100],
  ),
  idleSeconds: whole(
    'CONCLAVE_XMPP_LIMITS_IDLE_SECONDS',
    defaultLimits.idleTimeout / 1000,
    'After how long without a word a client is asked whether it is there; after twice that, it is taken for gone.',
    [10, hour],
  ),
  hibernationSeconds: whole(
    'CONCLAVE_XMPP_LIMITS_HIBERNATION_SECONDS',
    defaultLimits.hibernation / 1000,
    'How long a session waits for a client that has lost its connection (XEP-0198). Until then it is shown as present.',
    [1, 24 * hour],
  ),
  successionSeconds: whole(
    'CONCLAVE_XMPP_LIMITS_SUCCESSION_SECONDS',
    defaultLimits.succession / 1000,
    'How long rooms keep the place of the focus when it is started anew.',
    [1, 600],
  ),
  connectionsPerAddress: whole(
    'CONCLAVE_XMPP_LIMITS_CONNECTIONS_PER_ADDRESS',
    defaultLimits.connectionsPerAddress,
    'Connections of one IP address at a time. Whole offices can have the same.',
    [1, million],
  ),
  sessionsPerAddress: whole(
    'CONCLAVE_XMPP_LIMITS_SESSIONS_PER_ADDRESS',
    defaultLimits.sessionsPerAddress,
    'Sessions of one IP address, those included that wait for their client.',
    [1, million],
  ),
  sessionsPerAccount: whole(
    'CONCLAVE_XMPP_LIMITS_SESSIONS_PER_ACCOUNT',
    defaultLimits.sessionsPerAccount,
    'Sessions of one account.',
    [1, 10_000],
  ),
  unackedStanzas: whole(
    'CONCLAVE_XMPP_LIMITS_UNACKED_STANZAS',
    defaultLimits.unackedStanzas,
    'Stanzas that are kept until the client has acknowledged them (XEP-0198). A session that misses more cannot be resumed.',
    [10, million],
  ),
  unackedBytes: whole(
    'CONCLAVE_XMPP_LIMITS_UNACKED_BYTES',
    defaultLimits.unackedBytes,
    'How large they may be together.',
    [mebibytes, 1024 * mebibytes],
  ),
  directedPresences: whole(
    'CONCLAVE_XMPP_LIMITS_DIRECTED_PRESENCES',
    defaultLimits.directedPresences,
    'To how many addresses beside its contacts a session may say that it is there; each room is one.',
    [10, 100_000],
  ),
  pendingRequests: whole(
    'CONCLAVE_XMPP_LIMITS_PENDING_REQUESTS',
    defaultLimits.pendingIqs,
    'Requests (IQ) of one session that may be answered at the same time.',
    [4, 10_000],
  ),
  requestSeconds: whole(
    'CONCLAVE_XMPP_LIMITS_REQUEST_SECONDS',
    defaultLimits.requestTimeout / 1000,
    'How long the server waits for the answer to a request of its own.',
    [1, 600],
  ),
  tokenDays: whole(
    'CONCLAVE_XMPP_LIMITS_TOKEN_DAYS',
    defaultLimits.tokenLifetime / (24 * hour * 1000),
    'How long a token that a client has got in place of the password is good (XEP-0484); it is renewed when it is used.',
    [1, 365],
  ),
  scramIterations: whole(
    'CONCLAVE_XMPP_LIMITS_SCRAM_ITERATIONS',
    defaultLimits.scramIterations,
    'PBKDF2 iterations of passwords that are set from now on; others follow when their owners log in by PLAIN. Takes effect at the next start.',
    [4_096, 10 * million],
  ),
  boshWaitSeconds: whole(
    'CONCLAVE_XMPP_LIMITS_BOSH_WAIT_SECONDS',
    bosh.wait / 1000,
    'How long an HTTP request of BOSH is held at most. Reverse proxies must be more patient than this.',
    [1, 600],
  ),
  boshInactivitySeconds: whole(
    'CONCLAVE_XMPP_LIMITS_BOSH_INACTIVITY_SECONDS',
    bosh.inactivity / 1000,
    'How long a client may have no HTTP request under way before its connection counts as lost.',
    [1, 600],
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
