/** The HTTP port at which operators ask about conferences and act on them; there is one only where a token for it is configured. */
import type { XmppServer } from '@conclave/xmpp-server';
import { hasApi } from '../modules/conference.js';
import type { Scope } from '../process/scope.js';
import type { ServiceContext } from './context.js';
import { InternalHttp } from './internal-http.js';

/** @returns the port in use; undefined: there is none @throws ConclaveError NET-… */
export async function startConferenceApi(
  { config, log }: ServiceContext,
  server: Pick<XmppServer, 'handleApi'>,
  scope: Scope,
): Promise<number | undefined> {
  if (!hasApi(config)) return undefined;
  const { address, port } = config.conference.api;
  const internal = new InternalHttp();
  scope.add('conference API', () => internal.stop());
  const listener = { address, port, key: 'conference.api.port', variable: 'CONCLAVE_CONFERENCE_API_PORT' };
  const used = await internal.start(
    listener,
    {},
    {
      operation: async (request) =>
        (await server.handleApi(request)) ?? { status: 404, type: 'text/plain', body: 'Not found\n' },
    },
  );
  log.info({ port: used }, 'operators may act on conferences over HTTP');
  return used;
}
