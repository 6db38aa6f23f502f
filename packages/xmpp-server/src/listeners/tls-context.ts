/** The server's TLS settings: TLS 1.2 or later, AEAD suites, no renegotiation, no session tickets (RFC 7590, RFC 9325). */
import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import {
  createSecureContext,
  createServer,
  TLSSocket,
  type SecureContext,
  type SecureContextOptions,
  type TlsOptions,
} from 'node:tls';

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

/** What the server shows to clients, and whom it believes who they are. */
export interface ClientTls extends Certificate {
  /** PEM text: authorities whose certificates say who a client is (XEP-0178). Default: clients are not asked for any. */
  readonly clientAuthorities?: string | undefined;
}

/** Protocols of the application (RFC 7301); none where the application has been agreed on before. */
export type Alpn = Pick<TlsOptions, 'ALPNProtocols'>;

/** Holds what is in use; something new serves the handshakes from then on. */
export class TlsContext {
  #tls: ClientTls;
  #context: SecureContext;

  constructor(tls: ClientTls) {
    this.#tls = tls;
    this.#context = createSecureContext(tlsOptions(tls));
  }

  /** Throws, with nothing changed, when it cannot be used. */
  replace(tls: ClientTls): void {
    this.#context = createSecureContext(tlsOptions(tls));
    this.#tls = tls;
  }

  get asksForCertificates(): boolean {
    return this.#tls.clientAuthorities !== undefined;
  }

  /** The server's side of a handshake that has yet to begin; nobody is asked for a certificate. */
  secure(plain: Socket, alpn: Alpn): TLSSocket {
    return new TLSSocket(plain, { isServer: true, secureContext: this.#context, ...alpn });
  }

  /** A handshake with a client that may show a certificate; whether that is good is said by `authorized`. */
  verified(plain: Socket, alpn: Alpn): Promise<TLSSocket> {
    const { clientAuthorities } = this.#tls;
    return acceptVerified(plain, { ...tlsOptions(this.#tls), ...alpn, ca: clientAuthorities });
  }
}

/** The handshake of a server that asks the other side for a certificate, and lets it in without. */
export function acceptVerified(plain: Socket, options: TlsOptions): Promise<TLSSocket> {
  // Only a server verifies what the other side shows. This one never listens: it is handed its only connection.
  const server = createServer({ ...options, requestCert: true, rejectUnauthorized: false });
  return new Promise((resolve, reject) => {
    server.once('secureConnection', resolve);
    server.once('tlsClientError', reject);
    server.emit('connection', plain);
  });
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
