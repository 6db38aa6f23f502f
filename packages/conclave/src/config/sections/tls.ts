/** Certificates: `tls`. */
import { z } from 'zod';
import { optionalPath } from '../values.js';

export const tls = z.object({
  certificate: optionalPath(
    'CONCLAVE_TLS_CERTIFICATE',
    'PEM file with the full chain for XMPP clients. Without it a self-signed certificate is made. Goes with `tls.key`.',
  ),
  key: optionalPath('CONCLAVE_TLS_KEY', 'PEM file with the key of `tls.certificate`.'),
  clientAuthorities: optionalPath(
    'CONCLAVE_TLS_CLIENT_AUTHORITIES',
    'PEM file with the certificate authorities by whose certificates XMPP clients log in without a password (SASL EXTERNAL, XEP-0178). A certificate names its accounts as id-on-xmppAddr. Such an authority can make itself anybody, the service accounts included, so it is one of your own. Default: clients are not asked for certificates.',
  ),
});
