/** Session establishment (RFC 3921 s.3), which old clients still ask for and which has meant nothing since RFC 6121. */
import { z } from 'zod';
import { NS } from '@conclave/signaling';
import { defineModule } from '../host/module.js';

export const session = defineModule({
  name: 'session',
  options: z.strictObject({}),
  load({ host, onUnload }) {
    onUnload(host.iq.handle('host', 'set', 'session', NS.session, () => null));
    onUnload(host.iq.handle('account', 'set', 'session', NS.session, () => null));
  },
});
