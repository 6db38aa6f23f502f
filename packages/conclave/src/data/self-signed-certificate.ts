/**
 * A self-signed certificate (RFC 5280) for the domain and all its sub-domains. It encrypts; that it is the right one is known
 * to the focus and the videobridge because they trust exactly this certificate.
 */
// The x509 library finds its algorithms through metadata that this import provides.
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const day = 24 * 60 * 60 * 1000;

/** Long, because what pins it must be told when it changes; it is renewed at a start within the last 30 days. */
const validity = 3650 * day;
const renewBefore = 30 * day;

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** The names that the XMPP server answers for. */
function certificateNames(domain: string): string[] {
  return [domain, ...['guest', 'auth', 'conference', 'internal.auth', 'focus'].map((sub) => `${sub}.${domain}`)];
}

/** @returns PEM: the certificate, then its PKCS #8 key */
export async function makeSelfSigned(domain: string, now: Date): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      // RFC 5280 section 4.1.2.2: a positive serial number.
      serialNumber: `01${randomBytes(15).toString('hex')}`,
      // A common name holds at most 64 characters; clients look at the alternative names alone.
      name: [{ CN: [domain.length > 64 ? 'Conclave' : domain] }],
      notBefore: new Date(now.getTime() - day),
      notAfter: new Date(now.getTime() + validity),
      signingAlgorithm: keyAlgorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(
          certificateNames(domain).map((value) => ({ type: 'dns' as const, value })),
        ),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return `${certificate.toString('pem')}\n${x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`;
}

/** Whether a certificate made earlier still serves: right names, and not about to expire. */
export function stillServes(pem: string, domain: string, now: Date): boolean {
  const certificate = new x509.X509Certificate(pem.slice(0, pem.indexOf('-----BEGIN PRIVATE KEY-----')));
  const names = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON() ?? [];
  const covered = new Set(names.map(({ value }) => value));
  return (
    certificateNames(domain).every((name) => covered.has(name)) &&
    certificate.notAfter.getTime() - now.getTime() > renewBefore
  );
}
