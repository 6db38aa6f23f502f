/** The self-signed certificate of a bridge process for DTLS (RFC 5763, RFC 8827 s.6.5): ECDSA on P-256. */
// The x509 library finds its algorithms through metadata that this import provides.
import 'reflect-metadata';

import { createHash, randomBytes, webcrypto } from 'node:crypto';

import * as x509 from '@peculiar/x509';

const DAY = 24 * 60 * 60 * 1000;

export interface DtlsCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
  /** SHA-256, upper-case hex pairs joined by colons (RFC 8122 s.5). */
  readonly fingerprint: string;
}

/** A fresh certificate; peers check its fingerprint and nothing else of it. */
export async function createDtlsCertificate(now: Date): Promise<DtlsCertificate> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: `01${randomBytes(8).toString('hex')}`,
    name: 'CN=conclave',
    notBefore: new Date(now.getTime() - DAY),
    notAfter: new Date(now.getTime() + 365 * DAY),
    keys,
    signingAlgorithm: algorithm,
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  const digest = createHash('sha256').update(new Uint8Array(certificate.rawData)).digest('hex');
  return {
    certificatePem: certificate.toString('pem'),
    keyPem: x509.PemConverter.encode(key, 'PRIVATE KEY'),
    fingerprint: (digest.toUpperCase().match(/../g) ?? []).join(':'),
  };
}
