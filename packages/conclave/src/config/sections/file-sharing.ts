/** The section `conference.fileSharing` of the configuration: files that people share while they meet. */
import { z } from 'zod';
import { settingMeta } from '../setting.js';
import { mebibytes, onOff } from '../values.js';

export const fileSharing = z.object({
  enabled: onOff(
    'CONCLAVE_FILE_SHARING',
    true,
    'Whether people share files in conferences. They lie in the data directory of the XMPP server, are there for those in the conference, and go with it.',
  ),
  everybody: onOff(
    'CONCLAVE_FILE_SHARING_EVERYBODY',
    false,
    'Whether everybody in a conference shares files. Otherwise moderators do; a token decides by its feature `file-upload`. Everybody gets what is shared.',
  ),
  maxFile: mebibytes('CONCLAVE_FILE_SHARING_MAX_FILE', 50, 'How large a file may be.'),
  maxMeeting: mebibytes(
    'CONCLAVE_FILE_SHARING_MAX_MEETING',
    500,
    'How large all files of one conference may be.',
  ),
  maxAll: mebibytes(
    'CONCLAVE_FILE_SHARING_MAX_ALL',
    2048,
    'How large all files may be that are shared at a time.',
  ),
  endings: z
    .array(z.string().regex(/^[a-z0-9]{1,16}$/, 'must be endings of names such as `pdf`, in lower case'), {
      error: 'must be a list of endings',
    })
    .max(1000)
    .default([])
    .register(settingMeta, {
      env: 'CONCLAVE_FILE_SHARING_ENDINGS',
      type: 'list of endings',
      about: 'What the names of files may end with, such as `pdf`. Default: anything.',
    }),
});
