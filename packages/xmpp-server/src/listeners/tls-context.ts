/** The server's TLS settings: TLS 1.2 or later, AEAD suites, no renegotiation, no session tickets (RFC 7590, RFC 9325). */
import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';

export interface Certificate {
  /** PEM texts. */
  readonly key: string;
  readonly cert: string;
}

const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** Holds the certificate in use; a new one serves the handshakes from then on. */
export class TlsContext {
  #context: SecureContext;

  constructor(certificate: Certificate) {
    this.#context = TlsContext.#make(certificate);
  }

  replace(certificate: Certificate): void {
    this.#context = TlsContext.#make(certificate);
  }

  current(): { secureContext: SecureContext } {
    return { secureContext: this.#context };
  }

  static #make(certificate: Certificate): SecureContext {
    return createSecureContext(tlsOptions(certificate));
  }
}

/** What every TLS connection of the server is held to. */
export function tlsOptions({ key, cert }: Certificate): SecureContextOptions {
  return {
    key,
    cert,
    ciphers,
    minVersion: 'TLSv1.2',
    ecdhCurve: 'X25519:P-256:P-384',
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
  };
}
