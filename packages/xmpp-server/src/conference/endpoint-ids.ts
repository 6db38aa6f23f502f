/**
 * In a conference the nickname is the id of an endpoint: focus, bridge and the names of sources (`<id>-v0`) build on it. So
 * it has an alphabet that all of them can take, and stays for the whole stay.
 */
import { stanzaError } from '@conclave/signaling';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import { admissionPriority } from '../muc/events.js';
import type { Muc } from '../muc/index.js';

const options = z.strictObject({});
const endpointId = /^[A-Za-z0-9]\w*$/;

export const endpointIds = defineModule<z.output<typeof options>>({
  name: 'endpoint-ids',
  needs: ['muc'],
  options,
  load(context) {
    const { hooks } = context.module<Muc>('muc');
    context.onUnload(
      hooks.on(
        'admission',
        ({ nick }) => (endpointId.test(nick) ? undefined : stanzaError('not-allowed', 'Invalid resource')),
        admissionPriority('resource'),
      ),
    );
    context.onUnload(
      hooks.on('nick-requested', ({ nick, current }) =>
        current === undefined || current === nick
          ? undefined
          : stanzaError('not-allowed', 'An endpoint keeps its id'),
      ),
    );
  },
});
