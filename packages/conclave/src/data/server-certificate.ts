/**
 * The certificate that the XMPP server shows: the operator's, or one that Conclave makes for itself. Its public half is
 * published in the secrets directory, where the focus and the videobridge find what they have to trust.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Config } from '../config/schema.js';
import { ConclaveError } from '../errors/conclave-error.js';
import { type DataPaths, readIfThere, replaceFile } from './data-directory.js';
import { makeSelfSigned, stillServes } from './self-signed-certificate.js';

export interface ServerCertificate {
  /** PEM, own certificate first. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  readonly selfSigned: boolean;
  /** PEM: who says who a client is (`tls.clientAuthorities`). */
  readonly clientAuthorities: string | undefined;
  readonly notAfter: Date;
}

/** Only the XMPP server calls this: it is the one that owns the key. @throws ConclaveError TLS-001, TLS-002, TLS-003, TLS-004 */
export async function serverCertificate(config: Config, paths: DataPaths, now: Date): Promise<ServerCertificate> {
  const { certificate, key, clientAuthorities } = config.tls;
  const authorities = clientAuthorities === undefined ? undefined : await readAuthorities(clientAuthorities);
  const pair =
    certificate !== undefined && key !== undefined
      ? { cert: await readPem(certificate), key: await readPem(key), selfSigned: false }
      : await selfSigned(config.domain, paths, now);
  const { notAfter } = checkPair(pair, certificate ?? paths.selfSigned, now);
  await replaceFile(paths.certificate, pair.cert);
  return { ...pair, notAfter, clientAuthorities: authorities };
}

async function readAuthorities(path: string): Promise<string> {
  try {
    const pem = await readFile(path, 'utf8');
    const certificates = pem.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? [];
    if (certificates.length === 0) throw new Error('there is no certificate in it');
    for (const certificate of certificates) new X509Certificate(certificate);
    return certificates.join('\n');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConclaveError('TLS-004', `${path} cannot be used (${why})`, { cause });
  }
}

/**
 * What the focus and the videobridge trust, read anew at every connect: the XMPP server may have made or changed its
 * certificate after they started.
 * @throws when the XMPP server has not published it yet
 */
export function publishedCertificate(paths: DataPaths): string {
  return readFileSync(paths.certificate, 'utf8');
}

async function selfSigned(
  domain: string,
  paths: DataPaths,
  now: Date,
): Promise<Pick<ServerCertificate, 'cert' | 'key' | 'selfSigned'>> {
  let pem = await readIfThere(paths.selfSigned);
  if (pem === undefined || !serves(pem, domain, now)) {
    pem = await makeSelfSigned(domain, now);
    await replaceFile(paths.selfSigned, pem);
  }
  const keyAt = pem.indexOf('-----BEGIN PRIVATE KEY-----');
  return { cert: pem.slice(0, keyAt), key: pem.slice(keyAt), selfSigned: true };
}

/** A damaged file is as good as none: Conclave made it, and makes another. */
function serves(pem: string, domain: string, now: Date): boolean {
  try {
    return stillServes(pem, domain, now);
  } catch {
    return false;
  }
}

function checkPair(pair: { cert: string; key: string }, file: string, now: Date): { notAfter: Date } {
  let certificate: X509Certificate;
  let matches: boolean;
  try {
    certificate = new X509Certificate(pair.cert);
    matches = certificate.checkPrivateKey(createPrivateKey(pair.key));
  } catch (cause) {
    throw new ConclaveError('TLS-002', `${file} or its key is not PEM`, { cause });
  }
  if (!matches) throw new ConclaveError('TLS-002', `The key is not the key of ${file}`);
  const notAfter = new Date(certificate.validTo);
  if (notAfter <= now) throw new ConclaveError('TLS-003', `${file} was valid until ${certificate.validTo}`);
  return { notAfter };
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new ConclaveError('TLS-001', `${path} cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'error'})`, {
      cause,
    });
  }
}
