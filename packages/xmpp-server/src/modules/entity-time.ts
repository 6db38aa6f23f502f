/** Entity Time (XEP-0202): the server's clock, in UTC. */
import { z } from 'zod';
import { el } from '@conclave/signaling';
import { defineModule } from '../host/module.js';

const namespace = 'urn:xmpp:time';

export const entityTime = defineModule({
  name: 'entity-time',
  options: z.strictObject({}),
  load({ host, onUnload }) {
    onUnload(host.disco.feature(namespace));
    onUnload(
      host.iq.handle('host', 'get', 'time', namespace, () =>
        el('time', { xmlns: namespace }, el('tzo', {}, '+00:00'), el('utc', {}, new Date().toISOString())),
      ),
    );
  },
});
