/** Where the XMPP server keeps what it keeps: `storage`. */
import { z } from 'zod';
import { settingMeta } from '../setting.js';
import { oneOf } from '../values.js';

export const storage = z.object({
  backend: oneOf(
    'CONCLAVE_STORAGE_BACKEND',
    ['sqlite', 'postgresql', 'memory'],
    'sqlite',
    'Where the XMPP server keeps accounts and what belongs to them: a file in the data directory, a PostgreSQL database, or nowhere (all is gone when the server stops).',
  ),
  url: z
    .string({ error: 'must be a postgresql:// URL' })
    .regex(/^postgres(ql)?:\/\/./, 'must be a postgresql:// URL')
    .optional()
    .register(settingMeta, {
      env: 'CONCLAVE_STORAGE_URL',
      type: 'postgresql:// URL',
      secret: true,
      about:
        'The database of the `postgresql` backend, e.g. `postgresql://conclave:secret@db.example.org/conclave`. It must exist; its tables are made and brought up to date at start.',
    }),
});
