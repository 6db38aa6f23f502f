/** A service for few: accounts of other domains may not send it anything at all (the brewery, where bridges meet the focus). */
import { errorReply, stanzaError } from '@conclave/signaling';
import type { Hooks } from '../../host/hooks.js';
import type { HostEvents } from '../../host/host.js';
import type { Muc } from '../context.js';

/** Before everything else on the host. */
const first = 1000;

export function access(muc: Muc, host: Hooks<HostEvents>): () => void {
  const allowed = muc.options.access?.domains;
  if (allowed === undefined) return () => undefined;
  return host.on(
    'stanza',
    ({ stanza, from, origin }) => {
      const isAccount = origin?.anonymous !== true && from.local !== undefined;
      if (isAccount && allowed.includes(from.domain)) return undefined;
      const type: unknown = stanza.attrs['type'];
      if (type !== 'error' && type !== 'result') muc.route(errorReply(stanza, stanzaError('forbidden')));
      return true;
    },
    first,
  );
}
