/** Files that accounts share (XEP-0363), and those that people in conferences share: where they lie, and where the world finds them. */
import { join } from 'node:path';
import type { Config } from '../config/schema.js';
import { dataPaths } from '../data/data-directory.js';
import { sharedFilesPath, uploadPath } from '../http/bosh.js';
import { publicUrl } from '../http/public-url.js';

const mebibyte = 1024 * 1024;

export function uploadsOf(config: Config): { readonly directory: string; readonly url: string } {
  return { directory: join(dataPaths(config).xmppServer, 'uploads'), url: publicUrl(config) + uploadPath };
}

/** Where no address is configured, clients are sent where they have come. */
export function sharedFilesOf(config: Config) {
  const { everybody, maxFile, maxMeeting, maxAll, endings } = config.conference.fileSharing;
  return {
    directory: join(dataPaths(config).xmppServer, 'shared-files'),
    ...(config.publicUrl === undefined ? {} : { url: config.publicUrl + sharedFilesPath }),
    everybody,
    fileSize: maxFile * mebibyte,
    meetingSize: maxMeeting * mebibyte,
    size: maxAll * mebibyte,
    ...(endings.length === 0 ? {} : { endings }),
  };
}
