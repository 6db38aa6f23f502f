/** Clients that are sent to another host: who is told, in which form, and when nobody could be believed (RFC 6120 s.4.9.3.19). */
import { afterEach, describe, expect, it } from 'vitest';
import { RawTcp, streamHeader } from '../testing/raw-tcp.js';
import { RawWebSocket } from '../testing/raw-websocket.js';
import { RawBosh } from '../testing/raw-bosh.js';
import { domain, startTestServer, type TestServer } from '../testing/test-server.js';
import { redirectionSchema, type Redirection } from './redirection.js';

const guests = `guest.${domain}`;
const elsewhere = {
  host: 'other.example:5222',
  webSocket: 'wss://other.example/xmpp-websocket',
  bosh: 'https://other.example/http-bind',
} as const;

let running: TestServer;
afterEach(() => running.stop());

async function start(when: Redirection['when'], more: Partial<Redirection> = {}): Promise<void> {
  running = await startTestServer({ redirections: { [guests]: { ...elsewhere, when, ...more } } });
}

describe('a host that is elsewhere', () => {
  it('sends clients over TCP there, as soon as TLS has shown that it is the host who says so', async () => {
    await start('always');
    const client = await RawTcp.open(running.server.ports.c2s);
    client.send(`${streamHeader(guests)}<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`);
    expect(await client.until(/<proceed[^>]*>/)).not.toContain('see-other-host');
    await client.startTls();
    client.send(streamHeader(guests));
    expect(await client.rest()).toMatch(
      /^<\?xml [^>]*><stream:stream [^>]*><stream:error [^>]*><see-other-host [^>]*>other\.example:5222<\/see-other-host><\/stream:error><\/stream:stream>$/,
    );
  });

  it('tells a client over WebSocket as it closes (RFC 7395 s.3.6.1)', async () => {
    await start('always');
    const client = await RawWebSocket.connect(running.webSocketUrl);
    client.open(guests);
    expect((await client.rest())[1]).toBe(
      '<close xmlns="urn:ietf:params:xml:ns:xmpp-framing" see-other-uri="wss://other.example/xmpp-websocket"/>',
    );
  });

  it('tells a client over BOSH in the answer that ends the session (XEP-0124 s.17.2)', async () => {
    await start('always');
    const client = new RawBosh(running.boshUrl);
    const answer = await client.create('', guests);
    expect(answer).toContain('type="terminate"');
    expect(answer).toContain('condition="see-other-uri"');
    expect(answer).toContain(
      '<uri xmlns="http://jabber.org/protocol/httpbind">https://other.example/http-bind</uri>',
    );
  });

  it('is where it is for those who have logged in, for other hosts, and where nothing else is known', async () => {
    await start('stopping');
    const client = await RawTcp.guest(running.server.ports.c2s);
    running.server.replaceRedirections({ [guests]: { ...elsewhere, when: 'always' } });
    client.send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
    expect(await client.until(/<\/iq>/)).toContain('<jid>');
    await RawTcp.secured(running.server.ports.c2s, domain);
    running.server.replaceRedirections({ [guests]: { webSocket: elsewhere.webSocket, when: 'always' } });
    await RawTcp.guest(running.server.ports.c2s);
  });
});

describe('a server that stops', () => {
  it('sends those who are there elsewhere', async () => {
    await start('stopping');
    const client = await RawTcp.guest(running.server.ports.c2s);
    client.send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
    await client.until(/<\/iq>/);
    const framed = await RawWebSocket.guest(running.webSocketUrl);
    await running.stop();
    expect(await client.streamError()).toBe('see-other-host');
    expect((await framed.rest()).at(-1)).toContain('see-other-uri="wss:');
  });

  it('says no more than that to clients for whom there is no such place, and to those without TLS', async () => {
    await start('stopping', { host: undefined });
    const client = await RawTcp.guest(running.server.ports.c2s);
    await running.stop();
    expect(await client.streamError()).toBe('system-shutdown');
    await start('stopping');
    const plain = await RawTcp.open(running.server.ports.c2s);
    plain.send(streamHeader(guests));
    await plain.until(/<\/stream:features>/);
    await running.stop();
    expect(await plain.streamError()).toBe('system-shutdown');
  });
});

describe('a place to be sent to', () => {
  it.each([
    { webSocket: 'ws://other.example/' },
    { webSocket: 'http://other.example/' },
    { bosh: 'http://other.example/' },
    { host: 'xmpp://other.example' },
    { host: 'other.example:5222/x' },
    { host: '' },
  ])('is not less protected, nor anything else: $webSocket$bosh$host', (place) => {
    expect(redirectionSchema.safeParse(place).success).toBe(false);
  });

  it.each(['other.example', 'other.example:443', '192.0.2.7', '[2001:db8::7]:5222'])('may be %s', (host) => {
    expect(redirectionSchema.parse({ host })).toEqual({ host, when: 'stopping' });
  });
});
