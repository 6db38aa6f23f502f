/** Files that accounts share (XEP-0363): where they lie, and where the world finds them. */
import { join } from 'node:path';
import type { Config } from '../config/schema.js';
import { dataPaths } from '../data/data-directory.js';
import { uploadPath } from '../http/bosh.js';
import { publicUrl } from '../http/public-url.js';

export function uploadsOf(config: Config): { readonly directory: string; readonly url: string } {
  return { directory: join(dataPaths(config).xmppServer, 'uploads'), url: publicUrl(config) + uploadPath };
}
