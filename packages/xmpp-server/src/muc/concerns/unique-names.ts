/** Unique room names (XEP-0307): a name for a room that nobody else comes upon. */
import { randomBytes } from 'node:crypto';
import { el } from '@conclave/signaling';
import type { Host } from '../../host/host.js';

const namespace = 'http://jabber.org/protocol/muc#unique';

export function uniqueNames(host: Host): () => void {
  const undo = [
    host.disco.feature(namespace),
    host.iq.handle('host', 'get', 'unique', namespace, () =>
      el('unique', { xmlns: namespace }, randomBytes(16).toString('hex')),
    ),
  ];
  return () => undo.forEach((each) => each());
}
