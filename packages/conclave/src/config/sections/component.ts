/** External components (XEP-0114): `xmpp.component`. */
import { z } from 'zod';
import { settingMeta } from '../setting.js';
import { domainName, jsonSection, listenAddress, port } from '../values.js';

/** By domain. A secret is all that a component shows, and whoever reaches the port may guess as often as it likes. */
const componentSecrets = z.record(
  domainName(),
  z
    .string({ error: 'must give each component a secret' })
    .min(16, 'must have secrets of 16 characters at least'),
  { error: 'must be a section of domains' },
);

export const component = z.object({
  address: listenAddress(
    'CONCLAVE_COMPONENT_ADDRESS',
    '127.0.0.1',
    'Where the XMPP server listens for external components. That protocol is not encrypted: keep it local.',
  ),
  port: port('CONCLAVE_COMPONENT_PORT', 5347, 'TCP port for external components (XEP-0114).'),
  secrets: componentSecrets.optional().register(settingMeta, {
    env: 'CONCLAVE_COMPONENT_SECRETS',
    ...jsonSection,
    secret: true,
    about:
      'The external components that may connect: the domain of each, and its secret, e.g. `irc.example.org: Xk3…`. A component speaks for everybody at its domain.',
  }),
});
