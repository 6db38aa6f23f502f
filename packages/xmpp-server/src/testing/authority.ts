/** A certificate authority for tests, and certificates of it. */
// The x509 library finds its algorithms through metadata that this import provides.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  Extension,
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
  /** A certificate for the addresses of a client (RFC 6120 s.13.7.1.4), good until `notAfter`. */
  issueTo(addresses: readonly string[], notAfter?: Date): Promise<Certificate>;
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
  const issue = async (subject: string, names: Extension, notAfter?: Date): Promise<Certificate> => {
    const own = await newKeys();
    const issued = await X509CertificateGenerator.create({
      serialNumber: (++serial).toString(16).padStart(2, '0'),
      subject: [{ CN: [subject] }],
      issuer: name,
      signingAlgorithm: algorithm,
      signingKey: keys.privateKey,
      publicKey: own.publicKey,
      ...(notAfter === undefined ? {} : { notBefore: new Date(notAfter.getTime() - 86_400_000), notAfter }),
      extensions: [names],
    });
    const key = await webcrypto.subtle.exportKey('pkcs8', own.privateKey);
    return { key: PemConverter.encode(key, 'PRIVATE KEY'), cert: issued.toString('pem') };
  };
  return {
    pem: certificate.toString('pem'),
    issue: (...names) =>
      issue(
        names[0] ?? '',
        new SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value }))),
      ),
    issueTo: (addresses, notAfter) => issue('A client', xmppNames(addresses), notAfter),
  };
}

/** Each an otherName of the type id-on-xmppAddr (RFC 5280 s.4.2.1.6). */
function xmppNames(addresses: readonly string[]): Extension {
  const names = addresses.map((address) =>
    der(0xa0, der(0x06, xmppAddr), der(0xa0, der(0x0c, Buffer.from(address)))),
  );
  return new Extension('2.5.29.17', false, new Uint8Array(der(0x30, ...names)));
}

/** 1.3.6.1.5.5.7.8.5 */
const xmppAddr = Buffer.from([0x2b, 6, 1, 5, 5, 7, 8, 5]);

/** A value of less than 64 KiB (X.690 s.8.1). */
function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const header = length < 128 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}
