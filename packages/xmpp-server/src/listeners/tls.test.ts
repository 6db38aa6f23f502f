/** What the TLS of a stream is like (RFC 7590, RFC 9325). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { selfSigned } from '../testing/certificate.js';
import { RawTcp, streamHeader } from '../testing/raw-tcp.js';
import { domain, startTestServer, type TestServer } from '../testing/test-server.js';

let test: TestServer;

beforeEach(async () => {
  test = await startTestServer();
});

afterEach(() => test.stop());

async function proceeding(): Promise<RawTcp> {
  const client = await RawTcp.open(test.server.ports.c2s);
  client.send(`${streamHeader()}<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`);
  await client.until(/<proceed[^>]*>/);
  return client;
}

describe('TLS', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('is %s', async (version) => {
    const client = await proceeding();
    const socket = await client.startTls({ minVersion: version, maxVersion: version });
    expect(socket.getProtocol()).toBe(version);
    client.send(streamHeader());
    expect(await client.until(/<\/stream:features>/)).toContain('<mechanism>');
  });

  it.each([
    ['an older version', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }],
    ['a cipher without authentication', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' }],
    ['a cipher without forward secrecy', { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' }],
  ] as const)('is not %s', async (_, options) => {
    const client = await proceeding();
    await expect(client.startTls(options)).rejects.toThrow();
  });

  it('is not negotiated again, nor resumed by tickets', async () => {
    const client = await proceeding();
    const socket = await client.startTls({ maxVersion: 'TLSv1.2' });
    expect(socket.getTLSTicket()).toBeUndefined();
    let negotiated = false;
    socket.renegotiate({ rejectUnauthorized: false }, (error) => {
      negotiated = error === null;
    });
    client.send(streamHeader());
    await client.until(/<\/stream:features>/).catch(() => undefined);
    expect(negotiated).toBe(false);
  });

  it('goes on with another certificate once there is one', async () => {
    const before = (await (await proceeding()).startTls()).getPeerCertificate().fingerprint256;
    test.server.replaceCertificate(await selfSigned(domain));
    const after = (await (await proceeding()).startTls()).getPeerCertificate().fingerprint256;
    expect(after).not.toBe(before);
  });

  it('ends with the connection when what comes is no handshake', async () => {
    const client = await proceeding();
    client.send('GET / HTTP/1.1\r\n\r\n');
    await client.rest();
  });

  it('can be left out on a loopback address only, and nothing passes for confidential then', async () => {
    await using open = await startTestServer({ c2s: { host: '127.0.0.1', port: 0, unprotected: true } });
    const client = await RawTcp.open(open.server.ports.c2s);
    client.send(streamHeader());
    const features = await client.until(/<\/stream:features>/);
    expect(features).toContain('SCRAM-SHA-256');
    expect(features).not.toContain('PLAIN');
    expect(features).not.toContain('starttls');
    await expect(startTestServer({ c2s: { host: '0.0.0.0', port: 0, unprotected: true } })).rejects.toThrow(
      'without TLS',
    );
  });
});
