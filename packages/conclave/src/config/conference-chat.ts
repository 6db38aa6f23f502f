/** The section `conference.chat` of the configuration: how much may be said in conferences, and whether it can be taken back. */
import { z } from 'zod';
import { settingMeta } from './setting.js';

const count = () => z.int('must be a whole number').min(1, 'must be 1 at least');
const count_ = { type: 'whole number' };

export const conferenceChat = z.object({
  maxCharacters: count()
    .default(10_000)
    .register(settingMeta, {
      env: 'CONCLAVE_CHAT_MAX_CHARACTERS',
      ...count_,
      about: 'How long a message may be.',
    }),
  perMinute: count()
    .default(60)
    .register(settingMeta, {
      env: 'CONCLAVE_CHAT_PER_MINUTE',
      ...count_,
      about: 'How many messages one person may write in a minute, to the group and in private together.',
    }),
  perMeeting: count()
    .optional()
    .register(settingMeta, {
      env: 'CONCLAVE_CHAT_PER_MEETING',
      ...count_,
      about:
        'How many messages a meeting may have in which nobody with an account of D, or with a token, has written one. Default: as many as people like.',
    }),
  moderation: z.boolean({ error: 'must be `true` or `false`' }).default(true).register(settingMeta, {
    env: 'CONCLAVE_CHAT_MODERATION',
    type: '`true` or `false`',
    about:
      'Whether people may change their messages and take them back, and moderators anybody’s. The server holds everybody to that; without it clients may do it among themselves.',
  }),
});
