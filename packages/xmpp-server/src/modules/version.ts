/** Software Version (XEP-0092). Not loaded unless asked for: what runs here is nobody's business. */
import { z } from 'zod';
import { el, NS } from '@conclave/signaling';
import { defineModule } from '../host/module.js';

export const version = defineModule({
  name: 'version',
  options: z.strictObject({ name: z.string().default('Conclave'), version: z.string() }),
  load({ host, onUnload }, options) {
    onUnload(host.disco.feature(NS.version));
    onUnload(
      host.iq.handle('host', 'get', 'query', NS.version, () =>
        el('query', { xmlns: NS.version }, el('name', {}, options.name), el('version', {}, options.version)),
      ),
    );
  },
});
