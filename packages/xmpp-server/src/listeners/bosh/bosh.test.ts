/** BOSH (XEP-0124, XEP-0206) as a client on the wire has it. */
import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { RawBosh, boshNamespace } from '../../testing/raw-bosh.js';
import { domain, startTestServer, type TestServer } from '../../testing/test-server.js';

const terms = { wait: 60_000, hold: 1, inactivity: 60_000, polling: 5_000, pause: 120_000 };
const terminated = (condition: string): string =>
  `<body xmlns="${boshNamespace}" type="terminate" condition="${condition}"/>`;
const ping = (id: string | number): string =>
  `<iq xmlns='jabber:client' type='get' id='${id}' to='${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`;

let running: TestServer;
let url: string;

async function start(bosh: Partial<typeof terms> = {}, config = {}): Promise<void> {
  await running.stop();
  running = await startTestServer({ ...config, limits: { bosh: { ...terms, ...bosh }, closeGrace: 100 } });
  url = running.boshUrl;
}

beforeEach(async () => {
  running = await startTestServer({ limits: { closeGrace: 100 } });
  url = running.boshUrl;
});

afterEach(async () => {
  vi.useRealTimers();
  await running.stop();
});

describe('creating a session', () => {
  it('agrees on terms and offers features', async () => {
    const answer = await new RawBosh(url).create();
    expect(answer).toMatch(
      /^<body xmlns="http:\/\/jabber.org\/protocol\/httpbind" sid="[\w-]{32}" wait="60"/,
    );
    for (const term of ['hold="1"', 'requests="2"', 'inactivity="60"', 'polling="5"', 'ver="1.6"']) {
      expect(answer).toContain(term);
    }
    expect(answer).toContain(`from="${domain}"`);
    expect(answer).toMatch(/authid="[^"]+"/);
    expect(answer).toContain('<mechanism>SCRAM-SHA-256</mechanism>');
    expect(answer).not.toContain('starttls');
  });

  it.each([
    ['an unknown host', "rid='1' to='other.example' wait='60' hold='1'", 'host-unknown'],
    ['no host', "rid='1' wait='60' hold='1'", 'improper-addressing'],
    ['no request id', `to='${domain}' wait='60' hold='1'`, 'bad-request'],
    ['a request id of zero', `rid='0' to='${domain}' wait='60' hold='1'`, 'bad-request'],
    ['a request id past 2^53', `rid='9007199254740993' to='${domain}' wait='60'`, 'bad-request'],
    ['a negative request id', `rid='-4' to='${domain}' wait='60'`, 'bad-request'],
    ['no waiting time', `rid='1' to='${domain}' hold='1'`, 'bad-request'],
    ['a session that is not there', "rid='1' sid='made-up'", 'item-not-found'],
  ])('refuses %s', async (_, attributes, condition) => {
    const { text } = await new RawBosh(url).post(
      `<body xmlns='${boshNamespace}' xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh' ${attributes}/>`,
    );
    expect(text).toContain(`condition="${condition}"`);
  });

  it.each([
    ['nothing', ''],
    ['no XML', 'hello'],
    ['another element', "<iq xmlns='jabber:client'/>"],
    ['another namespace', "<body xmlns='jabber:client' rid='1'/>"],
    ['a body that does not end', `<body xmlns='${boshNamespace}' rid='1' to='${domain}' wait='60'>`],
    ['a DTD', `<!DOCTYPE body [<!ENTITY a 'b'>]><body xmlns='${boshNamespace}' rid='1' wait='1'/>`],
  ])('refuses %s', async (_, body) => {
    const { text } = await new RawBosh(url).post(body);
    expect(text).toContain('condition="bad-request"');
  });

  it('grants no more than it is configured to', async () => {
    await start({ wait: 30_000 });
    const answer = await new RawBosh(url).post(
      `<body xmlns='${boshNamespace}' rid='1' to='${domain}' wait='900' hold='50' ver='1.99' xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh'/>`,
    );
    expect(answer.text).toContain('wait="30" hold="1" requests="2"');
    expect(answer.text).toContain('ver="1.11"');
  });

  it('answers with the content type that the client asks for, when it is XML', async () => {
    const typeOf = async (content: string): Promise<string | null> =>
      (
        await new RawBosh(url).post(
          `<body xmlns='${boshNamespace}' rid='1' to='${domain}' wait='60' hold='1' content='${content}' xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh'/>`,
        )
      ).headers.get('content-type');
    expect(await typeOf('application/xml')).toBe('application/xml');
    expect(await typeOf('text/html; charset=utf-8')).toBe('text/xml; charset=utf-8');
    expect(await typeOf('text/xml&#13;&#10;x: y')).toBe('text/xml; charset=utf-8');
  });

  it('bounds the sessions of an address', async () => {
    await running.stop();
    running = await startTestServer({ limits: { connectionsPerAddress: 2 } });
    const answers = await Promise.all([1, 2, 3].map(() => new RawBosh(running.boshUrl).create()));
    expect(answers.filter((answer) => answer.includes('policy-violation'))).toHaveLength(1);
  });
});

describe('a session', () => {
  it('logs in, binds, and passes stanzas', async () => {
    const client = await RawBosh.guest(url);
    const bound = await client.send(
      "<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
    );
    expect(bound).toMatch(/<jid>[0-9a-f-]{36}@guest\.meet\.example\/[^<]+<\/jid>/);
    expect(await client.send(ping('p'))).toContain('type="result"');
    expect(running.server.sessions()).toHaveLength(1);
  });

  it('takes stanzas that do not name their namespace', async () => {
    const client = await RawBosh.bound(url);
    expect(await client.send(ping('p').replace(" xmlns='jabber:client'", ''))).toContain('type="result"');
  });

  it('holds a request until there is something to say, or another comes', async () => {
    const client = await RawBosh.bound(url);
    const held = client.send();
    const next = client.send(ping('p'));
    expect(await held).toContain('id="p"');
    const third = client.send();
    expect(await next).toBe(`<body xmlns="${boshNamespace}"/>`);
    void client.send('', "type='terminate'");
    expect(await third).toContain('type="terminate"');
  });

  it('lets a held request go when its time is up', async () => {
    await start({ wait: 50 });
    const client = await RawBosh.opened(url);
    expect(await client.send()).toBe(`<body xmlns="${boshNamespace}"/>`);
  });

  it('acknowledges requests for who counts on it', async () => {
    const client = await RawBosh.bound(url, "ack='1'");
    const held = client.send();
    void client.send(ping('p'));
    expect(await held).toContain(`ack="${client.rid}"`);
  });

  it('ends with what the client says last, by lib-jitsi-meet on leaving the page', async () => {
    const client = await RawBosh.bound(url);
    const held = client.send();
    const last = client.send("<presence type='unavailable' xmlns='jabber:client'/>", "type='terminate'");
    expect(await held).toBe(`<body xmlns="${boshNamespace}" type="terminate"/>`);
    expect(await last).toBe(`<body xmlns="${boshNamespace}"/>`);
    expect(running.server.sessions()).toHaveLength(0);
    expect(await client.send()).toBe(terminated('item-not-found'));
  });

  it('answers the end with nothing in it, whatever was still to be said (s.13)', async () => {
    const client = await RawBosh.bound(url);
    const held = client.send();
    const last = client.send(`${ping('p')}<presence xmlns='jabber:client'/>`, "type='terminate'");
    expect(await held).toBe(`<body xmlns="${boshNamespace}" type="terminate"/>`);
    expect(await last).toBe(`<body xmlns="${boshNamespace}"/>`);
  });

  it('tells of a stream error, with the error', async () => {
    const client = await RawBosh.bound(url);
    const answer = await client.send("<made-up xmlns='jabber:client'/>");
    expect(answer).toContain('type="terminate" condition="remote-stream-error"');
    expect(answer).toContain('<unsupported-stanza-type xmlns="urn:ietf:params:xml:ns:xmpp-streams"/>');
  });

  it('tells of a stream error to who comes for it later', async () => {
    const client = await RawBosh.bound(url);
    const jid = running.server.sessions()[0]?.jid ?? '';
    expect(jid).not.toBe('');
    const stopped = running.server.stop();
    expect(await client.send()).toContain('condition="system-shutdown"');
    await stopped;
  });

  it.each([
    ['a comment', '<!-- x -->', 'restricted-xml'],
    ['a stanza that is too big', `<message>${'x'.repeat(12_000)}</message>`, 'policy-violation'],
    ['nesting', '<a>'.repeat(100), 'policy-violation'],
    ['mismatched tags', '<a></b>', 'not-well-formed'],
    ['text', 'hello', 'bad-format'],
    ['a stanza before logging in', ping(1), 'not-authorized'],
  ])('does not survive %s', async (_, payload, condition) => {
    const client = await RawBosh.opened(url);
    const answer = await client.send(payload);
    expect(answer).toContain('condition="remote-stream-error"');
    expect(answer).toContain(`<${condition} `);
  });

  it('stays away for as long as it may, and not longer', async () => {
    await start({ inactivity: 50 });
    await RawBosh.bound(url);
    await vi.waitFor(() => expect(running.server.sessions()).toHaveLength(0));
  });

  it('stays away for longer when it has said so', async () => {
    await start({ inactivity: 50, pause: 400 });
    const client = await RawBosh.bound(url);
    const held = client.send();
    const paused = client.send('', "pause='120'");
    expect(await held).toBe(`<body xmlns="${boshNamespace}"/>`);
    expect(await paused).toBe(`<body xmlns="${boshNamespace}"/>`);
    const since = Date.now();
    await vi.waitFor(() => expect(running.server.sessions()).toHaveLength(0));
    expect(Date.now() - since).toBeGreaterThan(300);
  });

  it('may poll, but not without pause', async () => {
    const polling = new RawBosh(url);
    const { text } = await polling.post(
      `<body xmlns='${boshNamespace}' rid='1' to='${domain}' wait='0' hold='0' xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh'/>`,
    );
    expect(text).toContain('hold="0" requests="1"');
    polling.sid = /sid="([^"]+)"/.exec(text)?.[1] ?? '';
    polling.rid = 1;
    expect(await polling.send()).toBe(`<body xmlns="${boshNamespace}"/>`);
    expect(await polling.send()).toBe(terminated('policy-violation'));
  });

  it('hibernates when its client does not come back (XEP-0198)', async () => {
    await start({ inactivity: 50 });
    const client = await RawBosh.bound(url);
    expect(await client.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")).toContain('<enabled ');
    await vi.waitFor(() => expect(running.server.sessions()[0]?.state).toBe('hibernating'));
  });

  it('is resumed over BOSH from BOSH', async () => {
    const before = await RawBosh.bound(url);
    const enabled = await before.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    const [, id = ''] = / id="([^"]+)"/.exec(enabled) ?? [];
    const after = await RawBosh.guest(`${url}?previd=${id}`);
    const resumed = await after.send(`<resume xmlns='urn:xmpp:sm:3' h='0' previd='${id}'/>`);
    expect(resumed).toContain('<resumed ');
    expect(running.server.sessions()).toMatchObject([{ state: 'attached' }]);
  });
});

describe('request ids', () => {
  it('order requests that overtake one another', async () => {
    const client = await RawBosh.bound(url);
    const later = client.request(client.rid + 2, ping('second'));
    const answer = await client.request(client.rid + 1, ping('first'));
    expect(answer).toMatch(/id="first".*id="second"/);
    await client.request(client.rid + 3, '', "type='terminate'");
    expect(await later).toContain('type="terminate"');
  });

  it('get the same answer when they are repeated, and have no effect twice', async () => {
    const client = await RawBosh.bound(url);
    const first = await client.send(ping('p'));
    expect(await client.request(client.rid, ping('p'))).toBe(first);
    expect(await client.request(client.rid - 1, 'whatever')).toContain('<jid>');
    expect(await client.send(ping('q'))).not.toContain('id="p"');
  });

  it('are answered on every connection they came by', async () => {
    const client = await RawBosh.bound(url);
    const [held, repeated] = [client.send(), client.request(client.rid)];
    const next = client.send(ping('p'));
    expect(await held).toContain('id="p"');
    expect(await repeated).toBe(await held);
    void client.send('', "type='terminate'");
    await next;
  });

  it('lose nothing when the connection of a held request breaks', async () => {
    const client = await RawBosh.bound(url);
    const { port } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    const body = `<body xmlns='${boshNamespace}' rid='${client.rid + 1}' sid='${client.sid}'/>`;
    socket.write(`POST /http-bind HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    const overtaken = client.request(client.rid + 2, ping('p'));
    socket.destroy();
    const repeated = await client.request(client.rid + 1);
    expect(repeated + (await Promise.race([overtaken, client.request(client.rid + 3)]))).toContain('id="p"');
  });

  it.each([
    ['before the window', -3],
    ['behind the window', 3],
    ['far away', 1_000_000],
  ])('end the session when they are %s', async (_, step) => {
    const client = await RawBosh.bound(url);
    expect(await client.request(client.rid + step)).toBe(terminated('item-not-found'));
    expect(await client.send()).toBe(terminated('item-not-found'));
    expect(running.server.sessions()).toHaveLength(0);
  });

  it('may be any, in any order: each is answered once, in order, or the session ends', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -2, max: 4 }), { maxLength: 12 }), async (steps) => {
        const client = await RawBosh.bound(url);
        const base = client.rid;
        // Who repeats a request too often loses the oldest of its connections.
        const answers = steps.map((step, i) =>
          client.request(base + i + step, ping(`n${i}`)).catch(() => '<body cut/>'),
        );
        const end = new RawBosh(url);
        end.sid = client.sid;
        const bodies = await Promise.race([
          Promise.all(answers),
          new Promise<string[]>((resolve) => setTimeout(() => resolve([]), 30)),
        ]);
        for (const body of bodies) expect(body).toMatch(/^<body .*(\/>|<\/body>)$/s);
        // Whatever happened, the others are served.
        expect(await new RawBosh(url).create()).toContain('sid=');
        await end.request(1);
      }),
      { numRuns: 15 },
    );
  }, 30_000);
});

describe('key sequences (s.15)', () => {
  const keys = ['a', 'b', 'c'].map(() => '');
  const sha1 = async (text: string): Promise<string> =>
    Buffer.from(await crypto.subtle.digest('SHA-1', Buffer.from(text))).toString('hex');

  beforeAll(async () => {
    keys[2] = await sha1('seed');
    keys[1] = await sha1(keys[2]);
    keys[0] = await sha1(keys[1]);
  });

  it('let the one go on who can', async () => {
    const client = await RawBosh.opened(url, `newkey='${keys[0]}'`);
    expect(
      await client.send("<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", `key='${keys[1]}'`),
    ).toContain('aborted');
    const answer = await client.send(
      "<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
      `key='${keys[2]}' newkey='${await sha1('other')}'`,
    );
    expect(answer).toContain('aborted');
    expect(await client.send("<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", "key='other'")).toContain(
      'aborted',
    );
  });

  it.each([
    ['the wrong key', "key='nonsense'"],
    ['no key', ''],
  ])('end with %s', async (_, attributes) => {
    const client = await RawBosh.opened(url, `newkey='${keys[0]}'`);
    expect(await client.send('', attributes)).toBe(terminated('item-not-found'));
  });

  it('do not let somebody else ask again for an answer', async () => {
    const client = await RawBosh.opened(url, `newkey='${keys[0]}'`);
    await client.send("<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", `key='${keys[1]}'`);
    expect(await client.request(client.rid)).toBe(terminated('item-not-found'));
  });
});

describe('HTTP', () => {
  it('explains itself to people', async () => {
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('BOSH');
  });

  it('knows no other methods', async () => {
    expect((await fetch(url, { method: 'PUT', body: '' })).status).toBe(405);
  });

  it.each([
    ['a page of its own', undefined, true],
    ['a page from elsewhere', 'https://evil.example', false],
    ['no page of all', 'null', false],
  ])('answers %s', async (_, origin, allowed) => {
    const headers = { origin: origin ?? new URL(url).origin };
    const answer = await new RawBosh(url).post('', headers);
    expect(answer.status).toBe(allowed ? 200 : 403);
    expect(answer.headers.get('access-control-allow-origin')).toBe(allowed ? headers.origin : null);
  });

  it('tells pages that are allowed what they may send', async () => {
    await start({}, { websocket: { allowedOrigins: ['https://meet.example'] } });
    const response = await fetch(url, { method: 'OPTIONS', headers: { origin: 'https://meet.example' } });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://meet.example');
    expect(response.headers.get('access-control-allow-headers')).toBe('Content-Type');
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
  });

  it('does not read on when a body has become too big', async () => {
    const body = `<body xmlns='${boshNamespace}' rid='1' to='${domain}' wait='60'>${'<a/>'.repeat(1_000_000)}</body>`;
    const outcome = await new RawBosh(url).post(body).then(
      ({ text }) => text,
      () => 'cut',
    );
    expect(outcome === 'cut' || outcome.includes('terminate')).toBe(true);
  });
});

describe('a client', () => {
  const bind =
    "<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";

  it('that fetches nothing is not kept for, beyond what may wait for it', async () => {
    await running.stop();
    const rate = { bytesPerSecond: 1e9, burst: 1e9 };
    running = await startTestServer({ limits: { closeGrace: 100, maxUnsentBytes: 50_000, rate } });
    url = running.boshUrl;
    const client = await RawBosh.guest(url);
    const jid = /<jid>(.*)<\/jid>/.exec(await client.send(bind))?.[1] ?? '';
    const other = await RawBosh.bound(url);
    const message = `<message xmlns='jabber:client' to='${jid}'><body>${'x'.repeat(5_000)}</body></message>`;
    for (let i = 0; i < 12; i++) await other.send(message + ping(i));
    expect(await client.send()).toBe(terminated('item-not-found'));
  });

  it('that sends too fast is slowed down; each request counts, however short', async () => {
    await running.stop();
    running = await startTestServer({
      limits: { closeGrace: 100, rate: { bytesPerSecond: 2_000, burst: 2_000 } },
    });
    const client = await RawBosh.bound(running.boshUrl);
    const began = performance.now();
    // Some 3500 bytes, as they are counted.
    for (let i = 0; i < 5; i++) await client.send(ping(i));
    expect(performance.now() - began).toBeGreaterThan(500);
  });
});
