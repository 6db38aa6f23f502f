/** The section `conference.chat` of the configuration: how much may be said in conferences, and whether it can be taken back. */
import { z } from 'zod';
import { count, onOff, optionalCount } from '../values.js';

export const conferenceChat = z.object({
  maxCharacters: count('CONCLAVE_CHAT_MAX_CHARACTERS', 10_000, 'How long a message may be.'),
  perMinute: count(
    'CONCLAVE_CHAT_PER_MINUTE',
    60,
    'How many messages one person may write in a minute, to the group and in private together.',
  ),
  perMeeting: optionalCount(
    'CONCLAVE_CHAT_PER_MEETING',
    'How many messages a meeting may have in which nobody with an account of D, or with a token, has written one. Default: as many as people like.',
  ),
  moderation: onOff(
    'CONCLAVE_CHAT_MODERATION',
    true,
    'Whether people may change their messages and take them back, and moderators anybody’s. The server holds everybody to that; without it clients may do it among themselves.',
  ),
});
