/** What binds a login to the TLS connection it is made over (RFC 5056): nobody in between can pass it on as theirs. */
import { createHash } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { ChannelBindings } from '../stream/transport.js';

/** By the signature algorithm of a certificate, the hash that `tls-server-end-point` takes (RFC 5929 s.4.1): none weaker than SHA-256. */
const hashes: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.4': 'sha256', // md5WithRSAEncryption
  '1.2.840.113549.1.1.5': 'sha256', // sha1WithRSAEncryption
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.1': 'sha256', // ecdsa-with-SHA1
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
};

/** The bindings of a connection whose handshake is done; the strongest first. */
export function channelBindings(socket: TLSSocket): ChannelBindings {
  const bindings = new Map<string, Buffer>();
  // Below TLS 1.3 its data may be the same on two connections (RFC 9266 s.4.2).
  if (socket.getProtocol() === 'TLSv1.3') {
    const exported = socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
    bindings.set('tls-exporter', exported);
  }
  // Elsewhere it is not defined at all. Sessions are never resumed here, so the client's message is the first (RFC 5929 s.3.1).
  const finished = socket.getProtocol() === 'TLSv1.2' ? socket.getPeerFinished() : undefined;
  if (finished !== undefined) bindings.set('tls-unique', finished);
  const own = socket.getCertificate();
  const endPoint = own !== null && 'raw' in own ? serverEndPoint(own.raw) : undefined;
  if (endPoint !== undefined) bindings.set('tls-server-end-point', endPoint);
  return bindings;
}

/** @param der a certificate; undefined when its signature names no hash */
export function serverEndPoint(der: Buffer): Buffer | undefined {
  const hash = hashes[signatureAlgorithm(der) ?? ''];
  return hash === undefined ? undefined : createHash(hash).update(der).digest();
}

/** Of a certificate (RFC 5280 s.4.1.1.2): the object identifier behind the part that is signed. */
function signatureAlgorithm(der: Buffer): string | undefined {
  const certificate = content(der, 0);
  const signed = certificate && content(der, certificate.start);
  const algorithm = signed && content(der, signed.end);
  const identifier = algorithm && content(der, algorithm.start);
  return identifier === undefined || der[algorithm?.start ?? 0] !== 0x06
    ? undefined
    : objectIdentifier(der.subarray(identifier.start, identifier.end));
}

/** Where the content of the DER value at `at` is (X.690 s.8.1.3). */
function content(der: Buffer, at: number): { readonly start: number; readonly end: number } | undefined {
  const first = der[at + 1];
  if (first === undefined) return undefined;
  const extra = first < 0x80 ? 0 : first & 0x7f;
  if (extra > 4 || at + 2 + extra > der.length) return undefined;
  const length = extra === 0 ? first : der.readUIntBE(at + 2, extra);
  const start = at + 2 + extra;
  return start + length > der.length ? undefined : { start, end: start + length };
}

function objectIdentifier(bytes: Buffer): string {
  const parts: number[] = [];
  let value = 0;
  for (const byte of bytes) {
    value = value * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    parts.push(value);
    value = 0;
  }
  const [first = 0, ...rest] = parts;
  return [
    Math.min(2, Math.floor(first / 40)),
    first - 40 * Math.min(2, Math.floor(first / 40)),
    ...rest,
  ].join('.');
}
