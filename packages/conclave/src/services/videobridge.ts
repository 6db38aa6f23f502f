/** The videobridge, logged in to the XMPP server with the password that both find in the secrets directory. */
import { networkInterfaces } from 'node:os';
import { startVideobridge, type Videobridge } from '@conclave/videobridge';
import type { Config } from '../config/schema.js';
import { publishedCertificate } from '../data/server-certificate.js';
import { servicePassword } from '../data/service-passwords.js';
import { bindAddress, listenError } from '../http/listen.js';
import { publicUrl } from '../http/public-url.js';
import type { Scope } from '../process/scope.js';
import { mediaAdvice } from './advice.js';
import { type ServiceContext, sharedDirectory } from './context.js';
import type { XmppAddress } from './focus.js';

/** @throws ConclaveError NET-… when the media port cannot be had */
export async function startVideobridgeService(
  context: ServiceContext,
  xmpp: XmppAddress,
  scope: Scope,
): Promise<Videobridge> {
  const { config, paths, log } = context;
  const { address, port, advertisedAddresses } = config.media;
  await sharedDirectory(context);
  const bridge = await startVideobridge(
    {
      domain: config.domain,
      xmpp: {
        ...xmpp,
        username: 'jvb',
        password: await servicePassword(paths.secrets, 'jvb'),
        tls: { ca: () => publishedCertificate(paths) },
      },
      media: {
        port,
        ...(address === 'any' ? {} : { bindAddress: bindAddress(address) }),
        advertisedAddresses,
      },
      publicWebSocketUrl: publicWebSocketUrl(config),
    },
    { log: log.child({ service: 'videobridge' }) },
  ).catch((error: unknown) => {
    throw listenError(error, { address, port, key: 'media.port', variable: 'CONCLAVE_MEDIA_PORT' });
  });
  scope.add('videobridge', () => bridge.stop());
  for (const { code, message } of mediaAdvice(config, networkInterfaces())) log.warn({ code }, message);
  return bridge;
}

/** The same origin as a WebSocket: `https` becomes `wss`. */
function publicWebSocketUrl(config: Config): string {
  return publicUrl(config).replace(/^http/, 'ws');
}
