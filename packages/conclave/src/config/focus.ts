/** How the focus conducts conferences, as the operator says it: `focus`. */
import { z } from 'zod';
import { focusBridges } from './focus-bridges.js';
import { focusConference, focusLogins } from './focus-conference.js';
import { focusTranscription, focusTranslation } from './focus-connects.js';
import { settingMeta } from './setting.js';

/** The keys of the section; where it listens stands in the schema with the other listeners. */
export const focusSettings = {
  authentication: z
    .enum(['auto', 'xmpp', 'jwt', 'none'], { error: 'must be one of auto, xmpp, jwt, none' })
    .default('auto')
    .register(settingMeta, {
      env: 'CONCLAVE_FOCUS_AUTHENTICATION',
      type: 'auto, xmpp, jwt or none',
      about:
        'Who opens conferences. `xmpp`: users of D, who log in on the page; `jwt`: users of D, who come with a token (a login is forgotten after a minute without use, and with its conference); `none`: everybody, guests included. `auto`: `jwt` where `xmpp.authentication.provider` is `token`, else `xmpp`.',
    }),
  logins: focusLogins,
  conference: focusConference,
  transcription: focusTranscription,
  translation: focusTranslation,
  bridges: focusBridges,
  iceRestart: z.boolean({ error: 'must be `true` or `false`' }).default(false).register(settingMeta, {
    env: 'CONCLAVE_FOCUS_ICE_RESTART',
    type: '`true` or `false`',
    about:
      'Whether clients whose network changes keep their session and get new ICE credentials. The bridges must know how; otherwise clients begin a new session.',
  }),
};
