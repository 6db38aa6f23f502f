/**
 * Keys of a room's metadata that switch something on which costs others something: transcription (whose feature decides, not the role alone) and the translation of
 * speech. Of the data nothing passes but what is meant; everybody is told of it.
 */
import { stanzaError, type StanzaError } from '@conclave/signaling';
import { z, type ZodType } from 'zod';
import { defineModule } from '../host/module.js';
import type { Muc } from '../muc/index.js';
import type { Permissions } from './permissions.js';
import type {} from './room-metadata.js';

const flag = z.boolean().optional();

interface Key {
  /** Who has it may set the key. */
  readonly feature: string;
  readonly data: ZodType;
}

const keys: Readonly<Record<string, Key>> = {
  recording: {
    feature: 'transcription',
    data: z.object({ isTranscribingEnabled: flag, isRecordingRequested: flag }),
  },
  audioTranslation: { feature: 'live-translation', data: z.object({ enabled: z.boolean() }) },
};

export const metadataKeys = defineModule({
  name: 'metadata-keys',
  needs: ['muc', 'room-metadata', 'permissions'],
  options: z.strictObject({}),
  load(context) {
    const { hooks } = context.module<Muc>('muc');
    const permissions = context.module<Permissions>('permissions');
    context.onUnload(
      hooks.on(
        'metadata-requested',
        ({ room, occupant, key, data }): StanzaError | { data: unknown } | undefined => {
          const known = Object.hasOwn(keys, key) ? keys[key] : undefined;
          if (known === undefined) return undefined;
          if (!permissions.allow(room, occupant, known.feature)) return stanzaError('forbidden');
          const parsed = known.data.safeParse(data);
          return parsed.success ? { data: parsed.data } : stanzaError('bad-request');
        },
      ),
    );
  },
});
