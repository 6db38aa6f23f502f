/**
 * The configuration of Conclave: every key with its type, default, environment variable and description, a file for each section.
 * The only place where settings are defined; docs/handbook/configuration.md is written from it.
 */
import { z } from 'zod';
import { conference } from './sections/conference.js';
import { focus } from './sections/focus.js';
import { http } from './sections/http.js';
import { log } from './sections/log.js';
import { media } from './sections/media.js';
import { recording, telephony } from './sections/services.js';
import { storage } from './sections/storage.js';
import { tls } from './sections/tls.js';
import { xmpp } from './sections/xmpp.js';
import { settingMeta, settingsOf } from './setting.js';
import { domainName, optionalOrigin, optionalPath, path } from './values.js';

export const configSchema = z.object({
  domain: domainName().default('localhost').register(settingMeta, {
    env: 'CONCLAVE_DOMAIN',
    type: 'domain name',
    about:
      'The domain of the installation, D. Accounts are `user@D`; `guest.D`, `auth.D`, `conference.D`, `internal.auth.D` and `focus.D` follow from it.',
  }),
  data: path(
    'CONCLAVE_DATA',
    './data',
    'The data directory: accounts, generated secrets, certificate. Made on the first start with mode 0700. In the file a relative path starts at the file, else at the working directory.',
  ),
  storage,
  publicUrl: optionalOrigin(
    'CONCLAVE_PUBLIC_URL',
    'Where people reach the page when a reverse proxy stands before it, e.g. `https://meet.example.org`. Default: `http://<domain>:<http.port>`.',
  ),
  http,
  xmpp,
  conference,
  media,
  recording,
  telephony,
  focus,
  tls,
  admin: z.object({
    socket: optionalPath(
      'CONCLAVE_ADMIN_SOCKET',
      'The Unix socket through which `conclavectl` speaks to the running XMPP server. Default: `admin.sock` in the data directory.',
    ),
  }),
  log,
});

export type Config = z.infer<typeof configSchema>;

/** All settings in the order of the reference page. */
export const settings = settingsOf(configSchema);
