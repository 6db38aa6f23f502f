/** The section `conference.api` of the configuration: what operators may ask of conferences, and do to them, over HTTP. */
import { z } from 'zod';
import { settingMeta } from '../setting.js';
import { listenAddress, port, serviceUrl } from '../values.js';

export const conferenceApi = z.object({
  token: z
    .string({ error: 'must be a secret' })
    .regex(/^[!-~]{16,1024}$/, 'must be a secret of 16 ASCII characters at least, without spaces')
    .optional()
    .register(settingMeta, {
      env: 'CONCLAVE_CONFERENCE_API_TOKEN',
      type: 'secret',
      secret: true,
      about:
        'Whoever sends it as `Authorization: Bearer` to `conference.api.port` may ask for rooms and people and act on them: `GET /room-size`, `/room`, `/room-info`, `/room-census`, `/sessions`, `POST /end-meeting`, `/send-system-chat-message`, `/invite-jigasi`, `PUT /kick-participant`. [Conference modules](conference-modules.md) tells more. Without it and `conference.api.keyServerUrl` there is no such port.',
    }),
  keyServerUrl: serviceUrl(
    'CONCLAVE_CONFERENCE_API_KEY_SERVER_URL',
    'Where the public keys of those are that may do the same with a JSON Web Token (RS256), by the name `<hex SHA-256 of kid>.pem`. Not where the keys of tokens are that people log in with.',
  ),
  issuers: z
    .array(z.string().min(1), { error: 'must be a list of issuers' })
    .min(1, 'must be a list of issuers')
    .max(64)
    .default(['*'])
    .register(settingMeta, {
      env: 'CONCLAVE_CONFERENCE_API_ISSUERS',
      type: 'list of issuers',
      about: 'Whose such tokens are accepted (`iss`); `*`: anybody’s whose key is there.',
    }),
  audiences: z
    .array(z.string().min(1), { error: 'must be a list of audiences' })
    .min(1, 'must be a list of audiences')
    .max(64)
    .default(['*'])
    .register(settingMeta, {
      env: 'CONCLAVE_CONFERENCE_API_AUDIENCES',
      type: 'list of audiences',
      about: 'For whom such tokens are (`aud`); `*`: for anybody.',
    }),
  address: listenAddress(
    'CONCLAVE_CONFERENCE_API_ADDRESS',
    '127.0.0.1',
    'Where the XMPP server listens for that.',
  ),
  port: port('CONCLAVE_CONFERENCE_API_PORT', 5281, 'TCP port for that; HTTP without TLS.'),
});
