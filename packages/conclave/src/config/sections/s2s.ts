/** Other XMPP servers: `xmpp.s2s`. */
import { z } from 'zod';
import { settingMeta } from '../setting.js';
import { listenAddress, onOff, port } from '../values.js';

/** As in addresses of users: lower case, not in the coding that DNS has for other scripts. */
const remoteDomain = z
  .string({ error: 'must be a list of domain names' })
  .max(253, 'must be a list of domain names of at most 253 characters')
  .regex(
    /^[\p{Ll}\p{Lo}\p{N}][\p{Ll}\p{Lo}\p{N}-]*(\.[\p{Ll}\p{Lo}\p{N}][\p{Ll}\p{Lo}\p{N}-]*)*$/u,
    'must be a list of domain names in lower case, such as example.org',
  );

export const s2s = z.object({
  enabled: onOff(
    'CONCLAVE_S2S_ENABLED',
    false,
    'Whether users of other XMPP servers reach the accounts of D and the rooms of `conference.D`, and the other way round. It needs a certificate that is valid for both. Guests stay out of it.',
  ),
  address: listenAddress('CONCLAVE_S2S_ADDRESS', 'any', 'Where other servers connect.'),
  port: port('CONCLAVE_S2S_PORT', 5269, 'TCP port for other servers (STARTTLS).'),
  directTls: z.object({
    enabled: onOff(
      'CONCLAVE_S2S_DIRECT_TLS_ENABLED',
      false,
      'Whether other servers may also connect with TLS from the beginning (XEP-0368).',
    ),
    port: port('CONCLAVE_S2S_DIRECT_TLS_PORT', 5270, 'TCP port for that.'),
  }),
  allow: z
    .array(remoteDomain, { error: 'must be a list of domain names' })
    .max(10_000)
    .default([])
    .register(settingMeta, {
      env: 'CONCLAVE_S2S_ALLOW',
      type: 'list of domain names',
      about:
        'The domains that may be spoken with: exactly these, so the rooms of another server have to be named beside it, e.g. `example.org`, `conference.example.org`.',
    }),
  dialback: onOff(
    'CONCLAVE_S2S_DIALBACK',
    false,
    'Whether a server of these domains is believed without a valid certificate when DNS leads to it (XEP-0220). Whoever can forge DNS answers can then speak for them.',
  ),
});
