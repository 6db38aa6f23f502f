/**
 * STARTTLS (RFC 6120 s.5) that is not optional and may be pinned. The peer must prove itself by a chain to `ca` (or to
 * the system's roots) and by its name; when `ca` holds the very certificate of the peer, that is proof enough.
 */
import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls, type TLSSocket } from 'node:tls';
import { el, type Element, NS } from '@conclave/signaling';

/** How the server is known to be the right one. */
export interface TlsTrust {
  /** Certificates in PEM: a CA, or the server's own. A function is asked anew at every connect; its failure fails the attempt. */
  readonly ca?: string | (() => string);
  /** The name that the certificate must be for; the XMPP domain by default. */
  readonly servername?: string;
}

const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** SHA-256 fingerprints of the certificates in a PEM text. Throws when it holds none, or a malformed one. */
function fingerprintsOf(pem: string): Set<string> {
  const blocks = pem.match(certificateBlock);
  if (blocks === null) throw new Error('the pinned certificates are not PEM');
  return new Set(blocks.map((block) => new X509Certificate(block).fingerprint256));
}

/** Wraps a connected socket into TLS; rejects when the handshake fails or the peer is not trusted. */
export function secure(socket: Socket, domain: string, trust: TlsTrust): Promise<TLSSocket> {
  const pem = typeof trust.ca === 'function' ? trust.ca() : trust.ca;
  const pinned = pem === undefined ? new Set<string>() : fingerprintsOf(pem);
  return new Promise((resolve, reject) => {
    const secured = connectTls({
      socket,
      servername: trust.servername ?? domain,
      minVersion: 'TLSv1.2',
      ...(pem === undefined ? {} : { ca: pem, allowPartialTrustChain: true }),
      checkServerIdentity: (host, certificate) =>
        pinned.has(certificate.fingerprint256) ? undefined : checkServerIdentity(host, certificate),
    });
    secured.once('error', reject);
    secured.once('close', () => reject(new Error('the connection closed during the TLS handshake')));
    secured.once('secureConnect', () => {
      secured.off('error', reject);
      resolve(secured);
    });
  });
}

/** What stands in the first features must be STARTTLS: a peer, or one in between, that leaves it out gets nothing from us. */
export function offersStartTls(features: Element): boolean {
  return features.getChild('starttls', NS.tls) !== undefined;
}

export const startTls = (): Element => el('starttls', { xmlns: NS.tls });
export const isProceed = (element: Element): boolean => element.is('proceed', NS.tls);
