/** Clients that log in by a certificate (XEP-0178 s.2): whose they may be, and who is not believed. */
import { connect, type ConnectionOptions } from 'node:tls';
import { once } from 'node:events';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeAuthority, type Authority } from '../testing/authority.js';
import { RawTcp, streamHeader } from '../testing/raw-tcp.js';
import { selfSigned } from '../testing/certificate.js';
import { domain, startTestServer, type TestServer } from '../testing/test-server.js';

const auth = `auth.${domain}`;
const sasl = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";
const bind = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";

let trusted: Authority;
let stranger: Authority;
let test: TestServer;

beforeAll(async () => {
  [trusted, stranger] = await Promise.all([makeAuthority(), makeAuthority()]);
});

beforeEach(async () => {
  test = await startTestServer({
    tls: { ...(await selfSigned(domain)), clientAuthorities: trusted.pem },
    directTls: { host: '127.0.0.1', port: 0 },
  });
  await test.server.accounts.register('alice', domain, 'wonderland');
  await test.server.accounts.register('al', domain, 'wonderland');
});

afterEach(() => test.stop());

/** @returns the client, and the features that it was offered */
async function secured(options: ConnectionOptions, to = domain): Promise<[RawTcp, string]> {
  const client = await RawTcp.open(test.server.ports.c2s);
  client.send(`${streamHeader(to)}<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`);
  await client.until(/<proceed[^>]*>/);
  await client.startTls(options);
  client.send(streamHeader(to));
  return [client, await client.until(/<\/stream:features>/)];
}

function external(authzid?: string): string {
  const message = authzid === undefined ? '=' : Buffer.from(authzid).toString('base64');
  return `<auth ${sasl} mechanism='EXTERNAL'>${message}</auth>`;
}

async function boundAs(client: RawTcp, to = domain): Promise<string> {
  await client.until(/<success[^>]*>/);
  client.send(streamHeader(to) + bind);
  return /<jid>(.*)\/.*<\/jid>/.exec(await client.until(/<\/iq>/))?.[1] ?? '';
}

describe('a client with a certificate of a trusted authority', () => {
  it('is who the certificate says, over STARTTLS', async () => {
    const [client, features] = await secured(await trusted.issueTo([`alice@${domain}`]));
    expect(features).toMatch(/<mechanisms [^>]*><mechanism>EXTERNAL<.*<mechanism>SCRAM-SHA-256</);
    client.send(external());
    expect(await boundAs(client)).toBe(`alice@${domain}`);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('is who the certificate says, over direct %s', async (version) => {
    const socket = connect({
      host: '127.0.0.1',
      port: test.server.ports.directTls ?? 0,
      rejectUnauthorized: false,
      ALPNProtocols: ['xmpp-client'],
      minVersion: version,
      maxVersion: version,
      ...(await trusted.issueTo([`alice@${domain}`])),
    });
    await once(socket, 'secureConnect');
    expect(socket.alpnProtocol).toBe('xmpp-client');
    const client = RawTcp.over(socket);
    client.send(streamHeader());
    await client.until(/<\/stream:features>/);
    client.send(`<auth ${sasl} mechanism='EXTERNAL'/>`);
    await client.until(/<challenge[^>]*>/);
    client.send(`<response ${sasl}/>`);
    expect(await boundAs(client)).toBe(`alice@${domain}`);
  });

  it('logs in and is bound in one step by SASL2, and gets no token that would outlive the certificate', async () => {
    const [client, features] = await secured(await trusted.issueTo([`alice@${domain}`]));
    expect(features).toMatch(/<authentication [^>]*><mechanism>EXTERNAL</);
    client.send(
      "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='EXTERNAL'><initial-response/><user-agent id='a'/>" +
        "<bind xmlns='urn:xmpp:bind:0'/><request-token xmlns='urn:xmpp:fast:0' mechanism='HT-SHA-256-NONE'/></authenticate>",
    );
    const success = await client.until(/<\/success>/);
    expect(success).toContain(`<authorization-identifier>alice@${domain}/`);
    expect(success).not.toContain('<token');
  });

  it('may be an account of the service', async () => {
    const [client] = await secured(await trusted.issueTo([`focus@${auth}`]), auth);
    client.send(external());
    expect(await boundAs(client, auth)).toBe(`focus@${auth}`);
  });

  it('may have several addresses, and says which it means', async () => {
    const addresses = [`alice@${domain}`, `al@${domain}`, `alice@elsewhere.example`];
    const [client] = await secured(await trusted.issueTo(addresses));
    client.send(external());
    expect(await client.until(/<\/failure>/)).toContain('<invalid-authzid/>');
    client.send(external(`AL@${domain}`));
    expect(await boundAs(client)).toBe(`al@${domain}`);
  });

  it.each([
    ['somebody else', `al@${domain}`, 'invalid-authzid'],
    ['no address', 'alice@', 'invalid-authzid'],
    ['a resource', `alice@${domain}/focus`, 'invalid-authzid'],
    ['an account that is not there', undefined, 'not-authorized'],
  ])('is not %s', async (_, authzid, condition) => {
    const name = authzid === undefined ? 'nobody' : 'alice';
    const [client] = await secured(await trusted.issueTo([`${name}@${domain}`]));
    client.send(external(authzid));
    expect(await client.until(/<\/failure>/)).toContain(`<${condition}/>`);
  });

  it('still protects the list of mechanisms that it was offered (XEP-0474)', async () => {
    const { createHash } = await import('node:crypto');
    const [client, features] = await secured(await trusted.issueTo([`alice@${domain}`]));
    client.send(
      `<auth ${sasl} mechanism='SCRAM-SHA-256'>${Buffer.from('n,,n=alice,r=abc').toString('base64')}</auth>`,
    );
    const challenge = /<challenge[^>]*>(.*)</.exec(await client.until(/<\/challenge>/))?.[1] ?? '';
    const list = /<mechanisms .*<\/mechanisms>/.exec(features)?.[0] ?? '';
    const offered = [...list.matchAll(/<mechanism>([^<]*)</g)].map(([, name]) => name);
    const types = [...features.matchAll(/type="([^"]*)"/g)].map(([, type]) => type);
    const text = `${offered.toSorted().join('\x1e')}\x1f${types.toSorted().join('\x1e')}`;
    const hash = createHash('sha256').update(text).digest('base64');
    expect(Buffer.from(challenge, 'base64').toString()).toContain(`,h=${hash}`);
  });
});

describe('EXTERNAL is not offered', () => {
  it.each([
    ['without a certificate', () => Promise.resolve({})],
    ['for a certificate of another authority', () => stranger.issueTo([`alice@${domain}`])],
    [
      'for one that is no longer valid',
      () => trusted.issueTo([`alice@${domain}`], new Date(Date.now() - 60_000)),
    ],
    ['for one of somebody of another domain', () => trusted.issueTo([`alice@other.example`])],
    ['for one of a domain', () => trusted.issueTo([domain])],
    ['for one of a host', () => trusted.issue(domain)],
    [
      'for a name that looks like a list of names',
      () => trusted.issueTo([`x, othername:XmppAddr:alice@${domain}`]),
    ],
    [
      'for the name of a host that looks like one',
      () => trusted.issue(`x, othername:XmppAddr:alice@${domain}`),
    ],
  ])('%s', async (_, certificate) => {
    const [client, features] = await secured(await certificate());
    expect(features).not.toContain('EXTERNAL');
    client.send(external(`alice@${domain}`));
    expect(await client.until(/<\/failure>/)).toContain('<invalid-mechanism/>');
  });

  it('to guests', async () => {
    const guest = `guest.${domain}`;
    const [, features] = await secured(await trusted.issueTo([`alice@${guest}`]), guest);
    expect(features).not.toContain('EXTERNAL');
  });

  it('where no authority is trusted with it, nor any longer', async () => {
    const certificate = await trusted.issueTo([`alice@${domain}`]);
    test.server.replaceCertificate(await selfSigned(domain));
    const [, features] = await secured(certificate);
    expect(features).not.toContain('EXTERNAL');
  });
});

describe('a handshake with a certificate', () => {
  it('that does not come to its end is cut off in time', async () => {
    await test.stop();
    test = await startTestServer({
      tls: { ...(await selfSigned(domain)), clientAuthorities: trusted.pem },
      limits: { loginTimeout: 100 },
    });
    const client = await RawTcp.open(test.server.ports.c2s);
    client.send(`${streamHeader()}<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`);
    await client.until(/<proceed[^>]*>/);
    expect(await client.rest()).toBe('');
  });

  it('that is none ends the connection', async () => {
    const client = await RawTcp.open(test.server.ports.c2s);
    client.send(`${streamHeader()}<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`);
    await client.until(/<proceed[^>]*>/);
    client.send('this is no handshake');
    expect(await client.rest()).not.toContain('<');
  });
});
