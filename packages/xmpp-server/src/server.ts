/** The XMPP server, put together: hosts and their modules, listeners, and what is done to it while it runs. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { el, NS, tryParseJid } from '@conclave/signaling';
import { Accounts } from './accounts/accounts.js';
import type { XmppServerConfig } from './config.js';
import type { FileService } from './conference/file-sharing.js';
import type { ConferenceApi } from './conference/http-api.js';
import type { ApiAnswer, ApiRequest } from './conference/http-api/answers.js';
import { openHosts } from './hosts.js';
import type { ModuleChanges } from './host/module-set.js';
import { hostPlans, type ModulesConfig } from './host-plans.js';
import { uploadHost } from './layout.js';
import { defaultLimits, type LiveLimits, type ServerLimits } from './limits.js';
import { openListeners, type Ports } from './listeners.js';
import { AddressCap } from './listeners/address-cap.js';
import type { ClientTls } from './listeners/tls-context.js';
import type { UploadService } from './modules/http-upload.js';
import { invitationRequests } from './modules/invitations/http.js';
import type { Invitations } from './modules/invitations/invitations.js';
import { ClientStanzas } from './routing/from-client.js';
import { ProsodyTransfer } from './prosody/transfer.js';
import { Router } from './routing/router.js';
import type { ClientServices } from './session/client-services.js';
import { LiveFederation, type S2sPorts } from './s2s/live-federation.js';
import type { S2sConfig } from './s2s/s2s-config.js';
import { ComponentRegistry } from './session/component-registry.js';
import { LoginThrottle } from './session/login-throttle.js';
import type { Redirections } from './session/redirection.js';
import { redeliver } from './session/redelivery.js';
import { epitaphsSchema, SessionRegistry } from './session/session-registry.js';
import type { Session } from './session/session.js';
import { openStorage } from './storage/open.js';
import type { Storage } from './storage/storage.js';
import { streamError } from './stream/stream-error.js';

/** Owner of what belongs to no account. */
const ofServer = '';

/** Milliseconds that peers have to close their connections when the server stops. */
const stopGrace = 1_000;

/** A session, for whoever looks at the server from outside. */
export interface SessionSummary {
  /** The full JID. */
  readonly jid: string;
  readonly anonymous: boolean;
  readonly state: 'attached' | 'hibernating' | 'ended';
}

export interface XmppServer {
  /** The ports it listens on. */
  readonly ports: Ports & S2sPorts;
  readonly accounts: Accounts;
  /** Moves the accounts of the main domain from and to a Prosody. */
  readonly prosody: ProsodyTransfer;
  /** Takes an HTTP upgrade request for `/xmpp-websocket`; the caller has matched the path. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Takes an HTTP request for `/http-bind`, whose body was not read; the caller has matched the path. */
  handleBosh(request: IncomingMessage, response: ServerResponse): void;
  /** Takes an HTTP request below the URL of uploads, whatever its path there; 404 where there are none. */
  handleUpload(request: IncomingMessage, response: ServerResponse): void;
  /** Takes an HTTP request for files that are shared in conferences, whatever its path there; 404 where there are none. */
  handleSharedFile(request: IncomingMessage, response: ServerResponse): void;
  /** Of the main domain; undefined where its module is not loaded. */
  readonly invitations: Invitations | undefined;
  /** Takes an HTTP request below `/invite/` that is not for the page: see `modules/invitations/http.ts`. */
  handleInvitation(request: IncomingMessage, response: ServerResponse): void;
  /** Answers what operators ask about conferences over HTTP; undefined: they may not. */
  handleApi(request: ApiRequest): Promise<ApiAnswer | undefined>;
  /** The bound sessions of a host, or of all. */
  sessions(host?: string): readonly SessionSummary[];
  /** Whoever comes from now on, or is there when the server stops, is sent there. */
  replaceRedirections(redirections: Redirections): void;
  /**
   * What is not named is as by default again. What exists goes on as it is: connections, sessions and credentials that come from now
   * on are held to them; `scramIterations` stays until the next start.
   */
  replaceLimits(limits: Partial<ServerLimits>): void;
  /** Ends the sessions of a bare JID, or the one of a full JID. @returns how many */
  endSessions(jid: string): number;
  /** Says something to everybody who is logged in at the main domain. @returns to how many sessions */
  announce(text: string): number;
  /** TLS handshakes from now on use this certificate, and believe these authorities. */
  replaceCertificate(certificate: ClientTls): void;
  /**
   * From now on these are the other servers that may be spoken with, and where they connect; undefined: none, nowhere. No session
   * ends. Rejects, with nothing changed, when it cannot be: the port is taken, or what is allowed is no domain.
   */
  replaceFederation(s2s: S2sConfig | undefined): Promise<void>;
  /**
   * Makes these the modules of the hosts. What is the same as before is not touched, and no session ends. Throws, with nothing
   * changed, when they cannot be. @returns by host
   */
  replaceModules(wanted: Pick<ModulesConfig, 'modules' | 'addedModules'>): ReadonlyMap<string, ModuleChanges>;
  /** Tells everyone, closes all streams, and lets go of everything; within two seconds. */
  stop(): Promise<void>;
}

/** Resolves once the server listens; rejects, with nothing left open, when it cannot. */
export async function startXmppServer(
  config: XmppServerConfig,
  { log }: { readonly log: Logger },
): Promise<XmppServer> {
  const storage = await openStorage(config.storage, { log });
  try {
    return await compose(config, storage, log);
  } catch (error) {
    await storage.close();
    throw error;
  }
}

async function compose(config: XmppServerConfig, storage: Storage, log: Logger): Promise<XmppServer> {
  const limits: LiveLimits = { ...defaultLimits, ...config.limits };
  const sessions = new SessionRegistry();
  const ended = storage.keyval(config.domain, 'ended_sessions', epitaphsSchema);
  sessions.recall((await ended.get(ofServer)) ?? {});
  const router = new Router(sessions, limits, log);
  const components = new ComponentRegistry(config.component.secrets, (domain) => {
    for (const { hooks } of router.hosts) hooks.emit('domain-lost', { domain });
  });
  for (const name of components.domains) {
    router.addComponent({ name, send: (stanza) => components.send(name, stanza) });
  }
  const plans = hostPlans(config);
  const streams: ClientServices['streams'] = new Set();
  const shared = { limits, log, streams };
  const federation = new LiveFederation({
    log,
    certificate: config.tls,
    hosts: plans.filter(({ federated }) => federated).map(({ name }) => name),
    isLocal: (name) => router.serves(name),
    admit: (stanza, from, to) => router.admit(stanza, from, to, undefined),
    bounce: (event, error) => router.bounce(event, error),
  });
  router.federate(federation);
  const hosts = await openHosts(plans, {
    router,
    sessions,
    storage,
    limits,
    log,
  });
  const serviceHost = hosts.accounts.get(`auth.${config.domain}`);
  for (const { username, password } of config.serviceAccounts) await serviceHost?.ensure(username, password);
  const recorder = config.recorderAccount;
  if (recorder)
    await hosts.accounts.get(`recorder.${config.domain}`)?.ensure(recorder.username, recorder.password);

  const stanzas = new ClientStanzas(router, limits);
  let redirections = config.redirections ?? {};
  const sessionCap = new AddressCap(limits.sessionsPerAddress);
  const clients: ClientServices = {
    ...shared,
    sessions,
    stanzas,
    throttle: new LoginThrottle(),
    sessionCap,
    host: (name) => router.host(name),
    redirection: (name) => redirections[name],
    ended: (session, reason) => end(session, reason),
  };
  /** The focus may come back as a new process: rooms do not see it go as long as it may still take over from itself. */
  const sayFarewell = (session: Session): void => {
    const succeeds = session.superseded && router.host(session.jid.domain)?.trusted === true;
    if (succeeds) setTimeout(() => stanzas.leave(session), limits.succession).unref();
    else stanzas.leave(session);
  };
  const end = (session: Session, reason: string): void => {
    sessions.remove(session);
    log.info({ session: session.jid, reason }, 'session ended');
    try {
      sayFarewell(session);
      router.host(session.jid.domain)?.hooks.emit('session-ended', session);
      redeliver(session, router);
    } catch (error) {
      log.error({ err: error, session: session.jid }, 'a session did not end as it should');
    }
  };

  const parts = { ...shared, router, components };
  const listeners = await openListeners(config, clients, parts).catch((error: unknown) => {
    hosts.unload();
    throw error;
  });
  await federation.replace(config.s2s).catch((error: unknown) => {
    listeners.close();
    hosts.unload();
    throw error;
  });
  log.info({ domain: config.domain, ...listeners.ports, ...federation.ports }, 'XMPP server listens');

  const invitations = (): Invitations | undefined =>
    hosts.offered(config.domain, 'invitations') as Invitations | undefined;
  const handleInvitation = invitationRequests({
    domain: config.domain,
    invitations,
    allowedOrigins: config.websocket?.allowedOrigins,
    trustedProxies: config.websocket?.trustedProxies,
    log,
  });

  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    listeners.close();
    hosts.unloadComponents();
    const error = streamError('system-shutdown');
    // First those that nobody is attached to: what they missed may still reach another client of the account, or waits for one.
    const asleepFirst = [...sessions.all()].sort((a, b) => Number(b.isAsleep) - Number(a.isAsleep));
    for (const session of asleepFirst) session.end(error);
    for (const stream of streams) stream.end(error);
    await Promise.race([hosts.settled(), sleep(stopGrace, undefined, { ref: false })]);
    hosts.unload();
    federation.end(error);
    const deadline = Date.now() + stopGrace;
    while (!(listeners.isEmpty && federation.isEmpty) && Date.now() < deadline) await sleep(10);
    listeners.destroy();
    federation.destroy();
    // Who comes back to the next server learns what this one had still taken (XEP-0198 s.5).
    await ended.set(ofServer, sessions.ended);
    await storage.close();
  };

  return {
    get ports() {
      return { ...listeners.ports, ...federation.ports };
    },
    accounts: new Accounts(hosts.accounts),
    prosody: new ProsodyTransfer(storage, ofPeople(hosts.accounts, config.domain), log),
    handleUpgrade: (request, socket, head) => listeners.handleUpgrade(request, socket, head),
    handleBosh: (request, response) => listeners.handleBosh(request, response),
    handleUpload: (request, response) => {
      const uploads = hosts.offered(uploadHost(config.domain), 'http-upload') as UploadService | undefined;
      if (uploads === undefined) response.writeHead(404).end();
      else uploads.handle(request, response);
    },
    handleSharedFile: (request, response) => {
      const files = hosts.offered(`conference.${config.domain}`, 'file-sharing') as FileService | undefined;
      if (files === undefined) response.writeHead(404).end();
      else files.handle(request, response);
    },
    get invitations() {
      return invitations();
    },
    handleInvitation: (request, response) => handleInvitation(request, response),
    handleApi: async (request) => {
      const api = hosts.offered(`conference.${config.domain}`, 'http-api') as ConferenceApi | undefined;
      return api?.handle(request, () => sessions.all().length);
    },
    sessions: (host) =>
      sessions
        .all()
        .filter(({ jid }) => host === undefined || jid.domain === host)
        .map(({ jid, anonymous, state }) => ({ jid: jid.toString(), anonymous, state })),
    replaceRedirections: (wanted) => {
      redirections = wanted;
    },
    replaceLimits: (wanted) => {
      Object.assign(limits, defaultLimits, wanted);
      sessionCap.max = limits.sessionsPerAddress;
      listeners.limitsChanged();
    },
    endSessions: (text) => {
      const jid = tryParseJid(text);
      const found = jid === undefined ? [] : sessions.ofAccount(jid.bare);
      const meant = found.filter((session) => jid?.isBare === true || jid?.equals(session.jid) === true);
      for (const session of meant) session.close('policy-violation', 'Ended by an administrator');
      return meant.length;
    },
    announce: (text) => {
      const there = sessions.all().filter(({ jid }) => jid.domain === config.domain);
      const from = config.domain;
      for (const session of there) {
        const to = session.jid.toString();
        const headline = { xmlns: NS.client, type: 'headline', from, to };
        session.send(el('message', headline, el('body', {}, text)));
      }
      return there.length;
    },
    replaceCertificate: (certificate) => {
      listeners.replaceCertificate(certificate);
      federation.replaceCertificate(certificate);
    },
    replaceFederation: (s2s) => federation.replace(s2s),
    replaceModules: (wanted) => hosts.replaceModules(hostPlans({ ...config, ...wanted })),
    stop: () => (stopped ??= stop()),
  };
}

/** The accounts of people; those of the service itself are nobody's to move. */
function ofPeople<T>(accounts: ReadonlyMap<string, T>, domain: string): ReadonlyMap<string, T> {
  return new Map([...accounts].filter(([host]) => host === domain));
}
