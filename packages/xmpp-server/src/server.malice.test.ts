/** Whatever anybody sends, the server goes on serving everybody else. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawTcp, streamHeader } from './testing/raw-tcp.js';
import { RawWebSocket } from './testing/raw-websocket.js';
import { domain, startTestServer, type TestServer } from './testing/test-server.js';

let test: TestServer;
let witness: RawTcp;

const bind = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";

beforeAll(async () => {
  test = await startTestServer({ limits: { closeGrace: 200, loginAttempts: 1000 } });
  witness = await RawTcp.guest(test.server.ports.c2s);
  witness.send(bind);
  await witness.until(/<\/iq>/);
});

afterAll(() => test.stop());

async function stillServes(): Promise<void> {
  witness.send(`<iq type='get' id='p' to='${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`);
  expect(await witness.until(/<iq [^>]*>/)).toContain('type="result"');
}

const piece = fc.constantFrom(
  streamHeader(),
  streamHeader(`guest.${domain}`),
  "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
  "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>",
  "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'>biwsbj1hLHI9Yg==</auth>",
  "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>Yz1iaXdzLHI9YixwPQ==</response>",
  "<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
  bind,
  "<enable xmlns='urn:xmpp:sm:3' resume='true'/>",
  "<resume xmlns='urn:xmpp:sm:3' previd='x' h='0'/>",
  "<r xmlns='urn:xmpp:sm:3'/>",
  "<a xmlns='urn:xmpp:sm:3' h='0'/>",
  '<presence/>',
  `<presence to='room@conference.${domain}/nick'><x xmlns='http://jabber.org/protocol/muc'/></presence>`,
  `<iq type='set' id='1' to='focus.${domain}'><conference xmlns='http://jitsi.org/protocol/focus'/></iq>`,
  "<iq type='get' id='2'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
  "<message to='__proto__@meet.example' __proto__='x'><body>constructor</body></message>",
  '</stream:stream>',
  '<',
  '>',
  '<!--',
  '&lol;',
  '\u0000',
);

describe('the server survives', () => {
  it('any mixture of what clients say, at any time, over TCP', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), fc.boolean(), async (pieces, loggedIn) => {
        const { c2s } = test.server.ports;
        const client = loggedIn ? await RawTcp.guest(c2s) : await RawTcp.open(c2s);
        client.send(pieces.join(''));
        await stillServes();
        client.cut();
      }),
      { numRuns: 60 },
    );
  }, 30_000);

  it('any bytes instead of a handshake', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const client = await RawTcp.open(test.server.ports.c2s);
        client.send(`${streamHeader()}<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`);
        await client.until(/<proceed[^>]*>/);
        client.send(Buffer.from(bytes));
        client.cut();
        await stillServes();
      }),
      { numRuns: 40 },
    );
  });

  it('any frames over WebSocket', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), fc.boolean(), async (frames, loggedIn) => {
        const url = test.webSocketUrl;
        const client = await (loggedIn ? RawWebSocket.guest(url) : RawWebSocket.connect(url));
        for (const frame of frames)
          client.send(frame.replace(/^<(iq|presence|message)/, "<$1 xmlns='jabber:client'"));
        client.close();
        await client.rest();
        await stillServes();
      }),
      { numRuns: 60 },
    );
  }, 30_000);

  it('one that does not read what it is sent, by cutting it off', async () => {
    const deaf = await startTestServer({
      limits: { maxUnsentBytes: 100_000, rate: { bytesPerSecond: 1e9, burst: 1e9 } },
    });
    const client = await RawTcp.guest(deaf.server.ports.c2s);
    client.send(bind);
    const jid = /<jid>(.*)<\/jid>/.exec(await client.until(/<\/iq>/))?.[1] ?? '';
    const talker = await RawTcp.guest(deaf.server.ports.c2s);
    talker.send(bind);
    await talker.until(/<\/iq>/);
    client.pause();
    const message = `<message to='${jid}'><body>${'x'.repeat(200_000)}</body></message>`;
    for (let i = 0; i < 100 && deaf.server.sessions().length === 2; i++) {
      talker.send(`${message}<iq type='get' id='p' to='${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`);
      await talker.until(/id="p"[^>]*>/);
    }
    expect(deaf.server.sessions()).toHaveLength(1);
    await deaf.stop();
  }, 20_000);
});
