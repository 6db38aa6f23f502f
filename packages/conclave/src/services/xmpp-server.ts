/** The XMPP server with its certificate, its service accounts and its administration socket. */
import { startXmppServer, StorageError, type StorageConfig, type XmppServer } from '@conclave/xmpp-server';
import { somebodyAnswers, startAdminSocket } from '../admin/admin-socket.js';
import { privateDirectory } from '../data/data-directory.js';
import { serverCertificate } from '../data/server-certificate.js';
import { accountsOfOthers, ownAccounts, recorderAccount } from '../data/service-passwords.js';
import { ConclaveError } from '../errors/conclave-error.js';
import { serverLimits } from '../config/sections/xmpp-limits.js';
import { bindAddress, listenError } from '../http/listen.js';
import type { Scope } from '../process/scope.js';
import { readModules } from '../modules/read-modules.js';
import { conferenceOf } from '../modules/conference.js';
import { uploadsOf } from '../modules/uploads.js';
import { startConferenceApi } from './conference-api.js';
import { type ServiceContext, sharedDirectory } from './context.js';
import { type Reload, reloading } from './reload.js';
import { invitationPage, inviting } from './invitations.js';
import { federationOf, liveFederation } from './xmpp-federation.js';
import type { ForwardingPeers } from './trusted-proxies.js';
import { liveCertificate, liveLimits, liveModules, liveRedirections } from './xmpp-reload.js';

export interface XmppService {
  readonly server: XmppServer;
  readonly reload: Reload;
}

/** @throws ConclaveError, ConfigErrors */
export async function startXmppService(
  context: ServiceContext,
  scope: Scope,
  peers: ForwardingPeers,
): Promise<XmppService> {
  const { loaded, config, paths, log } = context;
  await privateDirectory(paths.root);
  await sharedDirectory(context);
  await privateDirectory(paths.xmppServer);
  if (await somebodyAnswers(paths.adminSocket)) {
    throw new ConclaveError('DATA-003', `Another instance uses ${paths.root}`);
  }
  const modules = await readModules(loaded);
  const certificate = await serverCertificate(config, paths, new Date());
  const { cert, key, clientAuthorities, selfSigned, notAfter } = certificate;
  log.info({ selfSigned, notAfter: notAfter.toISOString() }, 'certificate of the XMPP server');

  const { c2s, component, s2s, directTls, authentication } = config.xmpp;
  const federation = federationOf(config);
  if (s2s.enabled && selfSigned && !s2s.dialback) {
    log.warn('other XMPP servers refuse a self-signed certificate: set `tls.certificate` and `tls.key`');
  }
  const server = await startXmppServer(
    {
      ...modules,
      storage: storageOf(context),
      uploads: uploadsOf(config),
      pubsub: config.xmpp.pubsub,
      conference: conferenceOf(config),
      invitationPage: invitationPage(config),
      c2s: { host: bindAddress(c2s.address), port: c2s.port },
      component: {
        host: bindAddress(component.address),
        port: component.port,
        secrets: component.secrets ?? {},
      },
      ...(federation === undefined ? {} : { s2s: federation }),
      ...(directTls.enabled
        ? { directTls: { host: bindAddress(directTls.address), port: directTls.port } }
        : {}),
      ...(authentication === undefined ? {} : { authentication }),
      tls: { cert, key, clientAuthorities },
      limits: serverLimits(config.xmpp.limits),
      redirections: config.xmpp.redirections,
      websocket: { trustedProxies: peers.trusts },
      serviceAccounts: [...(await ownAccounts(paths.secrets)), ...accountsOfOthers(config)],
      ...recorderAccount(config),
    },
    { log: log.child({ service: 'xmpp-server' }) },
  ).catch((error: unknown) => {
    if (error instanceof StorageError) throw new ConclaveError('DATA-005', error.message, { cause: error });
    const listener = [
      { ...component, key: 'xmpp.component.port', variable: 'CONCLAVE_COMPONENT_PORT' },
      { ...s2s, key: 'xmpp.s2s.port', variable: 'CONCLAVE_S2S_PORT' },
      {
        ...s2s.directTls,
        address: s2s.address,
        key: 'xmpp.s2s.directTls.port',
        variable: 'CONCLAVE_S2S_DIRECT_TLS_PORT',
      },
      { ...directTls, key: 'xmpp.directTls.port', variable: 'CONCLAVE_DIRECT_TLS_PORT' },
    ].find(({ port }) => port === (error as { port?: unknown }).port);
    throw listenError(error, listener ?? { ...c2s, key: 'xmpp.c2s.port', variable: 'CONCLAVE_C2S_PORT' });
  });
  scope.add('xmpp-server', () => server.stop());
  await startConferenceApi(context, server, scope);

  const reload = reloading(
    loaded,
    log,
    liveModules(server),
    liveLimits(config, server),
    liveRedirections(config, server),
    liveCertificate(context, server, certificate),
    liveFederation(config, server, log),
  );
  const { accounts, prosody } = server;
  const administration = {
    accounts,
    sessions: {
      list: (host: string | undefined) => server.sessions(host),
      end: (jid: string) => server.endSessions(jid),
      announce: (text: string) => server.announce(text),
    },
    ...inviting(config, server),
    reload,
    prosody,
  };
  const admin = await startAdminSocket(paths.adminSocket, administration, log.child({ service: 'admin' }));
  scope.add('administration socket', () => admin.stop());
  return { server, reload };
}

function storageOf({ config: { storage }, paths }: ServiceContext): StorageConfig {
  switch (storage.backend) {
    case 'memory':
      return 'memory';
    case 'postgresql':
      return { postgresql: storage.url ?? '' };
    case 'sqlite':
      return { directory: paths.xmppServer };
  }
}
