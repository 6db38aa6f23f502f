/** TLS between servers: both show their certificates, and whether those are good for a domain is decided afterwards (XEP-0178). */
import type { Socket } from 'node:net';
import { connect, type SecureContextOptions, type TLSSocket } from 'node:tls';
import { domainToASCII } from 'node:url';
import { acceptVerified, tlsOptions, type Certificate } from '../listeners/tls-context.js';

/** Whether TLS follows STARTTLS, or comes first: then it says itself which protocol is meant (XEP-0368 s.3). */
type TlsStart = 'upgrade' | 'direct';

function alpn(when: TlsStart): { ALPNProtocols?: string[] } {
  return when === 'direct' ? { ALPNProtocols: ['xmpp-server'] } : {};
}

export class S2sTls {
  readonly #authorities: string | undefined;
  #certificate: Certificate;

  constructor(certificate: Certificate, authorities: string | undefined) {
    this.#certificate = certificate;
    this.#authorities = authorities;
  }

  replace(certificate: Certificate): void {
    this.#certificate = certificate;
  }

  /** The handshake of a server that was connected to. */
  accept(plain: Socket, when: TlsStart = 'upgrade'): Promise<TLSSocket> {
    return acceptVerified(plain, { ...this.#options(), ...alpn(when) });
  }

  /** The handshake of a server that has connected to that of `domain`. */
  connect(plain: Socket, domain: string, when: TlsStart = 'upgrade'): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      const socket = connect({
        ...this.#options(),
        ...alpn(when),
        socket: plain,
        servername: domainToASCII(domain),
        rejectUnauthorized: false,
        checkServerIdentity: () => undefined,
      });
      const fail = (error?: Error): void => reject(error ?? new Error('closed during the TLS handshake'));
      socket.once('error', fail);
      socket.once('close', fail);
      socket.once('secureConnect', () => {
        socket.off('close', fail);
        resolve(socket);
      });
    });
  }

  #options(): SecureContextOptions {
    const options = tlsOptions(this.#certificate);
    return this.#authorities === undefined ? options : { ...options, ca: this.#authorities };
  }
}

/** Whether the peer has shown a certificate of a trusted authority for a domain (RFC 6125: names of the certificate's subject do not count). */
export function isCertifiedFor(socket: TLSSocket, domain: string): boolean {
  if (!socket.authorized) return false;
  const host = domainToASCII(domain);
  const certificate = socket.getPeerX509Certificate();
  return (
    host !== '' && certificate?.checkHost(host, { subject: 'never', partialWildcards: false }) !== undefined
  );
}
