/** Channel binding over real TLS connections (RFC 5929, RFC 9266, XEP-0440), and streams that begin with TLS (XEP-0368). */
import { createHash, createHmac, pbkdf2Sync, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { selfSigned } from '../testing/certificate.js';
import { RawTcp, streamHeader } from '../testing/raw-tcp.js';
import { domain, startTestServer, type TestServer } from '../testing/test-server.js';
import { serverEndPoint } from './channel-binding.js';

let running: TestServer;

beforeEach(async () => {
  running = await startTestServer({ directTls: { host: '127.0.0.1', port: 0 } });
  await running.server.accounts.register('alice', domain, 'pencil');
});

afterEach(() => running.stop());

/** A stream begun with TLS, and its features. */
async function direct(options: ConnectionOptions = {}) {
  const socket = connect({
    port: running.server.ports.directTls ?? 0,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ...options,
  });
  await once(socket, 'secureConnect');
  const client = RawTcp.over(socket);
  client.send(streamHeader());
  const features = await client.until(/<\/stream:features>/);
  return { socket, client, features };
}

/** What the client's own end of the connection yields. */
function dataOf(socket: TLSSocket, type: string): Buffer {
  switch (type) {
    case 'tls-exporter':
      return socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
    case 'tls-unique':
      return socket.getFinished() ?? Buffer.alloc(0);
    default:
      return createHash('sha256').update(socket.getPeerCertificate().raw).digest();
  }
}

async function logIn(client: RawTcp, type: string, data: Buffer): Promise<string> {
  const header = `p=${type},,`;
  const bare = 'n=alice,r=abc';
  const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');
  client.send(
    `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-256-PLUS'>${base64(header + bare)}</auth>`,
  );
  const [, challenge = ''] =
    />([^<>]+)<\/challenge>/.exec(await client.until(/<\/(challenge|failure)>/)) ?? [];
  const first = Buffer.from(challenge, 'base64').toString();
  const [, nonce = '', salt = '', iterations = ''] = /^r=([^,]+),s=([^,]+),i=(\d+)/.exec(first) ?? [];
  if (nonce === '') return 'failure';
  const salted = pbkdf2Sync('pencil', Buffer.from(salt, 'base64'), Number(iterations), 32, 'sha256');
  const key = createHmac('sha256', salted).update('Client Key').digest();
  const stored = createHash('sha256').update(key).digest();
  const final = `c=${base64(Buffer.concat([Buffer.from(header), data]))},r=${nonce}`;
  const signature = createHmac('sha256', stored).update(`${bare},${first},${final}`).digest();
  const proof = base64(Buffer.from(key.map((byte, i) => byte ^ signature[i]!)));
  client.send(
    `<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>${base64(`${final},p=${proof}`)}</response>`,
  );
  const answer = await client.until(/<\/(success|failure)>/);
  return /<(success|[a-z-]+\/)/.exec(answer.replace('<failure', ''))?.[1] ?? answer;
}

describe.each([
  ['TLSv1.3', ['tls-exporter', 'tls-server-end-point']],
  ['TLSv1.2', ['tls-unique', 'tls-server-end-point']],
] as const)('over %s', (version, types) => {
  const options: ConnectionOptions = { minVersion: version, maxVersion: version };

  it('is offered with the mechanisms that use it', async () => {
    const { features } = await direct(options);
    const offered = types.map((type) => `<channel-binding type="${type}"/>`).join('');
    expect(features).toContain(
      `<sasl-channel-binding xmlns="urn:xmpp:sasl-cb:0">${offered}</sasl-channel-binding>`,
    );
    expect(features).toContain(
      '<mechanism>SCRAM-SHA-256-PLUS</mechanism><mechanism>SCRAM-SHA-1-PLUS</mechanism><mechanism>SCRAM-SHA-256</mechanism>',
    );
  });

  it.each(types)('binds a login to the connection by %s', async (type) => {
    const { socket, client } = await direct(options);
    expect(await logIn(client, type, dataOf(socket, type))).toBe('success');
  });

  it.each(types)('refuses the login of another connection by %s', async (type) => {
    const [{ socket }, { client }] = await Promise.all([direct(options), direct(options)]);
    const data = type === 'tls-server-end-point' ? Buffer.alloc(32) : dataOf(socket, type);
    expect(await logIn(client, type, data)).toBe('malformed-request/');
  });
});

describe('after STARTTLS', () => {
  it('is offered as well', async () => {
    const client = await RawTcp.open(running.server.ports.c2s);
    client.send(`${streamHeader()}<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`);
    expect(await client.until(/<proceed[^>]*>/)).not.toContain('channel-binding');
    const socket = await client.startTls();
    client.send(streamHeader());
    expect(await client.until(/<\/stream:features>/)).toContain('<channel-binding type="tls-exporter"/>');
    expect(await logIn(client, 'tls-exporter', dataOf(socket, 'tls-exporter'))).toBe('success');
  });
});

describe('TLS from the beginning', () => {
  it('is agreed on as xmpp-client', async () => {
    const { socket } = await direct({ ALPNProtocols: ['xmpp-client'] });
    expect(socket.alpnProtocol).toBe('xmpp-client');
  });

  it('is refused to who wants something else', async () => {
    await expect(direct({ ALPNProtocols: ['h2'] })).rejects.toThrow();
  });

  it('offers no TLS in TLS', async () => {
    const { client, features } = await direct();
    expect(features).not.toContain('starttls');
    client.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    expect(await client.rest()).toContain('<failure xmlns="urn:ietf:params:xml:ns:xmpp-tls"/>');
  });

  it('is not spoken where nobody asked for it', async () => {
    await running.stop();
    running = await startTestServer();
    expect(running.server.ports.directTls).toBeUndefined();
  });

  it('does not mind who speaks in the clear', async () => {
    const client = await RawTcp.open(running.server.ports.directTls ?? 0);
    client.send(streamHeader());
    expect(await client.rest()).not.toContain('<');
    expect((await direct()).features).toContain('mechanism');
  });
});

describe('the hash of a certificate', () => {
  it('is that of its signature', async () => {
    const { raw } = new X509Certificate((await selfSigned(domain)).cert);
    expect(serverEndPoint(raw)).toEqual(createHash('sha256').update(raw).digest());
  });

  it.each(['', '30', '3003020101', '30840fffffff', '300a3000300606012a', '3082'])(
    'is not made of %j',
    (hex) => {
      expect(serverEndPoint(Buffer.from(hex, 'hex'))).toBeUndefined();
    },
  );
});
