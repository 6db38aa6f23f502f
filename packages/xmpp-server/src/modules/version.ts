/** Software Version (XEP-0092): what runs here. Of the operating system nothing is said. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { el, NS } from '@conclave/signaling';
import { defineModule } from '../host/module.js';

const packageFile = new URL('../../package.json', import.meta.url);

export const version = defineModule({
  name: 'version',
  options: z.strictObject({
    name: z.string().default('Conclave'),
    /** Default: that of the server. */
    version: z.string().optional(),
  }),
  load({ host, onUnload }, { name, version: stated }) {
    const text = stated ?? ownVersion();
    onUnload(host.disco.feature(NS.version));
    onUnload(
      host.iq.handle('host', 'get', 'query', NS.version, () =>
        el('query', { xmlns: NS.version }, el('name', {}, name), el('version', {}, text)),
      ),
    );
  },
});

function ownVersion(): string {
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(packageFile, 'utf8'))).version;
}
