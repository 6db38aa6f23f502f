/** XMPP Ping (XEP-0199): a host, and an account for its own clients, answer that they are there. */
import { z } from 'zod';
import { NS } from '@conclave/signaling';
import { defineModule } from '../host/module.js';

export const ping = defineModule({
  name: 'ping',
  options: z.strictObject({}),
  load({ host, onUnload }) {
    onUnload(host.disco.feature(NS.ping));
    onUnload(host.iq.handle('host', 'get', 'ping', NS.ping, () => null));
    onUnload(host.iq.handle('account', 'get', 'ping', NS.ping, () => null));
  },
});
