/** The section `conference.fileSharing` of the configuration: files that people share while they meet. */
import { z } from 'zod';
import { settingMeta } from './setting.js';

const onOff = (usual: boolean) => z.boolean({ error: 'must be `true` or `false`' }).default(usual);
const onOff_ = { type: '`true` or `false`' };
const mebibytes = (usual: number) =>
  z.int('must be a whole number').min(1, 'must be 1 at least').max(1_000_000).default(usual);
const mebibytes_ = { type: 'MiB' };

export const fileSharing = z.object({
  enabled: onOff(true).register(settingMeta, {
    env: 'CONCLAVE_FILE_SHARING',
    ...onOff_,
    about:
      'Whether people share files in conferences. They lie in the data directory of the XMPP server, are there for those in the conference, and go with it.',
  }),
  everybody: onOff(false).register(settingMeta, {
    env: 'CONCLAVE_FILE_SHARING_EVERYBODY',
    ...onOff_,
    about:
      'Whether everybody in a conference shares files. Otherwise moderators do; a token decides by its feature `file-upload`. Everybody gets what is shared.',
  }),
  maxFile: mebibytes(50).register(settingMeta, {
    env: 'CONCLAVE_FILE_SHARING_MAX_FILE',
    ...mebibytes_,
    about: 'How large a file may be.',
  }),
  maxMeeting: mebibytes(500).register(settingMeta, {
    env: 'CONCLAVE_FILE_SHARING_MAX_MEETING',
    ...mebibytes_,
    about: 'How large all files of one conference may be.',
  }),
  maxAll: mebibytes(2048).register(settingMeta, {
    env: 'CONCLAVE_FILE_SHARING_MAX_ALL',
    ...mebibytes_,
    about: 'How large all files may be that are shared at a time.',
  }),
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
