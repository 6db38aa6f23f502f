/** A certificate authority for tests, and certificates of it. */
// The x509 library finds its algorithms through metadata that this import provides.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { Certificate } from '../listeners/tls-context.js';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const name = [{ CN: ['Test authority'] }];

export interface Authority {
  /** Its own certificate, in PEM. */
  readonly pem: string;
  /** A certificate for these DNS names. */
  issue(...names: readonly string[]): Promise<Certificate>;
}

export async function makeAuthority(): Promise<Authority> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name,
    signingAlgorithm: algorithm,
    keys,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  let serial = 1;
  return {
    pem: certificate.toString('pem'),
    issue: async (...names) => {
      const own = await newKeys();
      const issued = await X509CertificateGenerator.create({
        serialNumber: (++serial).toString(16).padStart(2, '0'),
        subject: [{ CN: [names[0] ?? ''] }],
        issuer: name,
        signingAlgorithm: algorithm,
        signingKey: keys.privateKey,
        publicKey: own.publicKey,
        extensions: [new SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value })))],
      });
      const key = await webcrypto.subtle.exportKey('pkcs8', own.privateKey);
      return { key: PemConverter.encode(key, 'PRIVATE KEY'), cert: issued.toString('pem') };
    },
  };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}
