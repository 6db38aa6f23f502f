/** The page and what it is made of, as browsers reach it: `http`. */
import { z } from 'zod';
import { ipAddresses, listenAddress, port } from '../values.js';

export const http = z.object({
  address: listenAddress(
    'CONCLAVE_HTTP_ADDRESS',
    'any',
    'Where the web page listens. Behind a reverse proxy on the same machine: `127.0.0.1`.',
  ),
  port: port(
    'CONCLAVE_HTTP_PORT',
    8080,
    'TCP port of the web page, `/config.js`, `/xmpp-websocket` and `/colibri-ws`.',
  ),
  trustedProxies: ipAddresses(
    'CONCLAVE_TRUSTED_PROXIES',
    64,
    'Reverse proxies on other machines (and the web service, where it runs elsewhere) whose `X-Forwarded-For` is believed: limits count clients by address. This machine is always trusted.',
  ),
});
