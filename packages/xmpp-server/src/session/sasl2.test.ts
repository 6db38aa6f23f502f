/** SASL2, Bind 2 and FAST (XEP-0388, XEP-0386, XEP-0484): on the wire, and with xmpp.js. */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { once } from 'node:events';
import { client as xmppClient } from '@xmpp/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { RawWebSocket } from '../testing/raw-websocket.js';
import { RawTcp, streamHeader } from '../testing/raw-tcp.js';
import { domain, startTestServer, type TestServer } from '../testing/test-server.js';

let running: TestServer;

beforeEach(async () => {
  running = await startTestServer();
  await running.server.accounts.register('alice', domain, 'wonderland');
});

afterEach(() => running.stop());

const plain = Buffer.from('\0alice\0wonderland').toString('base64');
const agent = "<user-agent id='d4565fa7-4d72-4749-b3d3-740edbf87770'><software>test</software></user-agent>";
const none = 'HT-SHA-256-NONE';

function authenticate(more = '', mechanism = 'PLAIN', initial = plain): string {
  return `<authenticate xmlns='urn:xmpp:sasl:2' mechanism='${mechanism}'><initial-response>${initial}</initial-response>${more}</authenticate>`;
}

const bind = (more = ''): string => `<bind xmlns='urn:xmpp:bind:0'><tag>web</tag>${more}</bind>`;
const requestToken = (mechanism = none): string =>
  `<request-token xmlns='urn:xmpp:fast:0' mechanism='${mechanism}'/>`;
const fast = (attributes = ''): string => `<fast xmlns='urn:xmpp:fast:0' ${attributes}/>`;

async function connected(to: string = domain): Promise<RawWebSocket> {
  const client = await RawWebSocket.connect(running.webSocketUrl);
  client.open(to);
  await client.frames(2);
  return client;
}

/** What answers a login on a new connection. */
async function logIn(element: string): Promise<{ client: RawWebSocket; answer: string }> {
  const client = await connected();
  client.send(element);
  return { client, answer: await client.frame() };
}

function jidOf(success: string): string {
  return /<authorization-identifier>([^<]+)</.exec(success)?.[1] ?? '';
}

function tokenOf(success: string): string {
  return /<token [^>]*token="([^"]+)"/.exec(success)?.[1] ?? '';
}

function hashed(token: string, name = 'alice'): string {
  const mac = createHmac('sha256', token).update('Initiator').digest();
  return Buffer.concat([Buffer.from(`${name}\0`), mac]).toString('base64');
}

describe('the offer', () => {
  it('names mechanisms, and what goes in the same step', async () => {
    const client = await RawWebSocket.connect(running.webSocketUrl);
    client.open();
    const [, features] = await client.frames(2);
    expect(features).toContain(
      '<authentication xmlns="urn:xmpp:sasl:2"><mechanism>SCRAM-SHA-256</mechanism><mechanism>SCRAM-SHA-1</mechanism><mechanism>PLAIN</mechanism><inline>',
    );
    expect(features).toContain('<bind xmlns="urn:xmpp:bind:0"><inline>');
    for (const feature of ['urn:xmpp:carbons:2', 'urn:xmpp:csi:0', 'urn:xmpp:sm:3']) {
      expect(features).toContain(`<feature var="${feature}"/>`);
    }
    expect(features).toContain('<sm xmlns="urn:xmpp:sm:3"/>');
    expect(features).toContain(`<fast xmlns="urn:xmpp:fast:0"><mechanism>${none}</mechanism></fast>`);
  });

  it('is not made to the clients of the service, which choose their resource', async () => {
    const client = await RawWebSocket.connect(running.webSocketUrl);
    client.open(`auth.${domain}`);
    const [, features] = await client.frames(2);
    expect(features).not.toContain('urn:xmpp:sasl:2');
    client.send(authenticate());
    expect(await client.frame()).toContain('unsupported-stanza-type');
  });

  it('has no tokens for guests', async () => {
    const client = await RawWebSocket.connect(running.webSocketUrl);
    client.open(`guest.${domain}`);
    const [, features] = await client.frames(2);
    expect(features).toContain('urn:xmpp:bind:0');
    expect(features).not.toContain('urn:xmpp:fast:0');
  });
});

describe('SASL2', () => {
  it('logs in without opening the stream again', async () => {
    const { client, answer } = await logIn(authenticate());
    expect(answer).toContain('<success xmlns="urn:xmpp:sasl:2">');
    expect(jidOf(answer)).toBe(`alice@${domain}`);
    expect(await client.frame()).toContain('<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/>');
    client.send(
      "<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>desk</resource></bind></iq>",
    );
    expect(await client.frame()).toContain(`<jid>alice@${domain}/desk</jid>`);
  });

  it('is not spoken in the clear', async () => {
    const client = await RawTcp.open(running.server.ports.c2s);
    client.send(streamHeader() + authenticate());
    expect(await client.until(/<\/failure>/)).toContain(
      '<failure xmlns="urn:xmpp:sasl:2"><encryption-required xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/></failure>',
    );
  });

  it.each([
    [
      'a wrong password',
      authenticate('', 'PLAIN', Buffer.from('\0alice\0x').toString('base64')),
      'not-authorized',
    ],
    ['another mechanism', authenticate('', 'DIGEST-MD5'), 'invalid-mechanism'],
    ['no base64', authenticate('', 'PLAIN', '!'), 'incorrect-encoding'],
    ['an empty response', authenticate('', 'PLAIN', ''), 'malformed-request'],
    ['a response to nothing', "<response xmlns='urn:xmpp:sasl:2'/>", 'not-authorized'],
    ['an abortion', "<abort xmlns='urn:xmpp:sasl:2'/>", 'aborted'],
    ['what is no element of it', "<next xmlns='urn:xmpp:sasl:2'/>", 'malformed-request'],
  ])('refuses %s', async (_, element, condition) => {
    const { answer } = await logIn(element);
    expect(answer).toBe(
      `<failure xmlns="urn:xmpp:sasl:2"><${condition} xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/></failure>`,
    );
  });

  it('does not go on in one form with what was begun in the other', async () => {
    const client = await connected();
    const first = Buffer.from('n,,n=alice,r=abc').toString('base64');
    client.send(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-256'>${first}</auth>`);
    expect(await client.frame()).toContain('<challenge ');
    client.send("<response xmlns='urn:xmpp:sasl:2'>AAAA</response>");
    expect(await client.frame()).toContain('<malformed-request ');
  });

  it('lets nobody log in who said to be somebody else', async () => {
    const client = await RawWebSocket.connect(running.webSocketUrl);
    client.send(
      `<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='${domain}' from='bob@${domain}' version='1.0'/>`,
    );
    await client.frames(2);
    client.send(authenticate());
    expect(await client.frame()).toContain('<invalid-from ');
  });

  it('gives a guest that comes back with the name of a session that is over another name', async () => {
    const guests = `guest.${domain}`;
    const claimed = `2f1c8a70-0f6e-4a53-9a05-1d5d0b1f7a11@${guests}`;
    const client = await RawWebSocket.connect(running.webSocketUrl);
    client.send(
      `<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='${guests}' from='${claimed}' version='1.0'/>`,
    );
    await client.frames(2);
    client.send(authenticate(bind(), 'ANONYMOUS', '='));
    const jid = jidOf(await client.frame());
    expect(jid).toMatch(new RegExp(`@${guests}/`));
    expect(jid).not.toContain(claimed);
  });
});

describe('Bind 2', () => {
  it('gives a resource that the client is recognised by, and does not tell its id', async () => {
    const first = await logIn(authenticate(agent + bind()));
    expect(jidOf(first.answer)).toMatch(/^alice@meet\.example\/web\/[\w-]{12}$/);
    expect(first.answer).toContain(
      '<bound xmlns="urn:xmpp:bind:0"><metadata xmlns="urn:xmpp:mam:2"/></bound>',
    );
    expect(await first.client.frame()).not.toContain('xmpp-bind');
    const second = await logIn(authenticate(agent + bind()));
    expect(jidOf(second.answer)).toBe(jidOf(first.answer));
    expect(await first.client.frame()).toContain('<conflict ');
    const other = await logIn(authenticate(agent.replace('d4565', 'e4565') + bind()));
    expect(jidOf(other.answer)).not.toBe(jidOf(first.answer));
    expect(running.server.sessions()).toHaveLength(2);
  });

  it('ends what the client had under another name', async () => {
    const first = await logIn(authenticate(agent + bind()));
    await first.client.frame();
    await logIn(authenticate(agent + bind().replace('web', 'mobile')));
    expect(await first.client.frame()).toContain('<conflict ');
    expect(running.server.sessions()).toHaveLength(1);
  });

  it('needs no more than to be asked for', async () => {
    const { answer } = await logIn(authenticate("<bind xmlns='urn:xmpp:bind:0'/>"));
    expect(jidOf(answer)).toMatch(/^alice@meet\.example\/[\w-]{12}$/);
  });

  it('switches on what is asked for: stream management, carbons', async () => {
    const { client, answer } = await logIn(
      authenticate(bind("<enable xmlns='urn:xmpp:sm:3' resume='true'/><enable xmlns='urn:xmpp:carbons:2'/>")),
    );
    expect(answer).toMatch(/<bound xmlns="urn:xmpp:bind:0"><enabled [^>]*resume="true"/);
    await client.frame();
    const { client: other } = await logIn(authenticate(bind()));
    await other.frame();
    client.send("<presence xmlns='jabber:client'/>");
    expect(await client.frame()).toContain('<presence');
    other.send(`<message xmlns='jabber:client' type='chat' to='bob@${domain}'><body>hello</body></message>`);
    expect(await client.frame()).toContain('<sent xmlns="urn:xmpp:carbons:2">');
  });

  it('says how far the archive goes (XEP-0313)', async () => {
    await running.stop();
    running = await startTestServer({ modules: { [domain]: { archive: { defaultPolicy: 'always' } } } });
    await running.server.accounts.register('alice', domain, 'wonderland');
    await running.server.accounts.register('bob', domain, 'wonderland');
    const { client, answer } = await logIn(authenticate(bind()));
    expect(answer).toContain('<metadata xmlns="urn:xmpp:mam:2"/></bound>');
    await client.frame();
    for (const body of ['one', 'two']) {
      client.send(`<message xmlns='jabber:client' to='bob@${domain}'><body>${body}</body></message>`);
    }
    const later = async (): Promise<string> => {
      const { client: other, answer: told } = await logIn(authenticate(bind()));
      other.cut();
      return told;
    };
    await expect
      .poll(later)
      .toMatch(
        /<start id="([^"]+)" timestamp="[^"]+"\/><end id="(?!\1)[^"]+" timestamp="[^"]+"\/><\/metadata><\/bound>/,
      );
  });

  it('gives a guest an address that it did not choose', async () => {
    const client = await connected(`guest.${domain}`);
    client.send(authenticate(agent + bind(), 'ANONYMOUS', ''));
    expect(jidOf(await client.frame())).toMatch(/^[0-9a-f-]{36}@guest\.meet\.example\/[\w-]{12}$/);
  });
});

describe('resumption with the login', () => {
  const managed = bind("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");

  it('goes before binding', async () => {
    const { client, answer } = await logIn(authenticate(managed));
    const [, id = ''] = /<enabled [^>]*id="([^"]+)"/.exec(answer) ?? [];
    client.cut();
    await expect.poll(() => running.server.sessions()[0]?.state).toBe('hibernating');
    const resume = `<resume xmlns='urn:xmpp:sm:3' h='0' previd='${id}'/>`;
    const again = await logIn(authenticate(resume + managed));
    expect(again.answer).toContain('<resumed ');
    expect(again.answer).not.toContain('<bound');
    expect(jidOf(again.answer)).toBe(jidOf(answer));
    expect(running.server.sessions()).toMatchObject([{ state: 'attached' }]);
  });

  it('makes way for binding when there is nothing to resume', async () => {
    const resume = "<resume xmlns='urn:xmpp:sm:3' h='0' previd='gone'/>";
    const { answer } = await logIn(authenticate(resume + managed));
    expect(answer).toMatch(/<failed [^>]*><item-not-found .*<bound .*<enabled /);
  });
});

describe('FAST', () => {
  async function token(): Promise<string> {
    const { answer } = await logIn(authenticate(agent + requestToken()));
    expect(answer).toMatch(/<token xmlns="urn:xmpp:fast:0" token="[\w-]{43}" expiry="[^"]+Z"\/>/);
    return tokenOf(answer);
  }

  const byToken = (secret: string, more = fast(), mechanism = none): string =>
    authenticate(agent + more, mechanism, hashed(secret));

  it('logs in by a token, and proves to know it too', async () => {
    const secret = await token();
    const { answer } = await logIn(byToken(secret));
    const proof = createHmac('sha256', secret).update('Responder').digest('base64');
    expect(answer).toContain(`<additional-data>${proof}</additional-data>`);
    expect(jidOf(answer)).toBe(`alice@${domain}`);
    expect(tokenOf(answer)).toBe('');
  });

  it.each([
    ['a made-up token', (): string => byToken('made-up')],
    ['the token of another client', (secret: string): string => byToken(secret).replace('d4565', 'e4565')],
    ['a token for another mechanism', (secret: string): string => byToken(secret, fast(), 'HT-SHA-256-EXPR')],
    ['a client without id', (secret: string): string => byToken(secret).replace(agent, '')],
    ['a token that nobody said is one', (secret: string): string => byToken(secret, '')],
    [
      'another account',
      (secret: string): string => authenticate(agent + fast(), none, hashed(secret, 'bob')),
    ],
    ['half a token', (): string => authenticate(agent + fast(), none, plain)],
  ])('refuses %s', async (_, attempt) => {
    const { answer } = await logIn(attempt(await token()));
    expect(answer).toMatch(/<(not-authorized|invalid-mechanism|malformed-request) /);
    expect(running.server.sessions()).toHaveLength(0);
  });

  it('has a client forget its token that proves it wrongly, in any length', async () => {
    await token();
    const proof = Buffer.concat([Buffer.from('alice\0'), Buffer.alloc(47, 1)]).toString('base64');
    expect((await logIn(authenticate(agent + fast(), none, proof))).answer).toContain('<not-authorized ');
  });

  it('takes a count only when it has grown', async () => {
    const secret = await token();
    expect((await logIn(byToken(secret, fast("count='2'")))).answer).toContain('<success');
    expect((await logIn(byToken(secret, fast("count='2'")))).answer).toContain('<not-authorized');
    expect((await logIn(byToken(secret, fast("count='x'")))).answer).toContain('<not-authorized');
    expect((await logIn(byToken(secret, fast("count='3'")))).answer).toContain('<success');
  });

  it('forgets a token when it is told to', async () => {
    const secret = await token();
    expect((await logIn(byToken(secret, fast("invalidate='true'")))).answer).toContain('<success');
    expect((await logIn(byToken(secret))).answer).toContain('<not-authorized');
  });

  it('forgets all tokens when the password changes', async () => {
    const secret = await token();
    await running.server.accounts.setPassword('alice', domain, 'looking glass');
    expect((await logIn(byToken(secret))).answer).toContain('<not-authorized');
  });

  it('gets no token for a password that has changed during the login', async () => {
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    const [header, bare] = ['n,,', 'n=alice,r=abc'];
    const wanted = agent + bind() + requestToken();
    const { client, answer } = await logIn(authenticate(wanted, 'SCRAM-SHA-256', base64(header + bare)));
    const first = Buffer.from(/>([^<]+)</.exec(answer)?.[1] ?? '', 'base64').toString();
    const [, nonce = '', salt = '', iterations = ''] = /^r=([^,]+),s=([^,]+),i=(\d+)/.exec(first) ?? [];
    const salted = pbkdf2Sync('wonderland', Buffer.from(salt, 'base64'), Number(iterations), 32, 'sha256');
    const key = createHmac('sha256', salted).update('Client Key').digest();
    const stored = createHash('sha256').update(key).digest();
    const final = `c=${base64(header)},r=${nonce}`;
    const signature = createHmac('sha256', stored).update(`${bare},${first},${final}`).digest();
    const proof = Buffer.from(key.map((byte, i) => byte ^ signature[i]!)).toString('base64');
    await running.server.accounts.setPassword('alice', domain, 'looking glass');
    client.send(`<response xmlns='urn:xmpp:sasl:2'>${base64(`${final},p=${proof}`)}</response>`);
    expect(await client.frame()).toContain('<reset ');
    expect(running.server.sessions()).toEqual([]);
  });

  it('keeps a token until the next is used', async () => {
    const first = await token();
    const renewed = await logIn(byToken(first, fast() + requestToken()));
    const second = tokenOf(renewed.answer);
    expect(second).not.toBe('');
    expect((await logIn(byToken(first))).answer).toContain('<success');
    expect((await logIn(byToken(second))).answer).toContain('<success');
    expect((await logIn(byToken(first))).answer).toContain('<not-authorized');
  });

  it('renews a token that is getting old, and ends one that is too old', async () => {
    await running.stop();
    running = await startTestServer({ limits: { tokenLifetime: 400 } });
    await running.server.accounts.register('alice', domain, 'wonderland');
    const secret = await token();
    await new Promise((resolve) => setTimeout(resolve, 210));
    expect(tokenOf((await logIn(byToken(secret))).answer)).not.toBe('');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await logIn(byToken(secret))).answer).toContain('<credentials-expired ');
  });

  it('gives no token for what it does not offer', async () => {
    expect(tokenOf((await logIn(authenticate(agent + requestToken('HT-SHA-256-EXPR')))).answer)).toBe('');
    expect(tokenOf((await logIn(authenticate(requestToken()))).answer)).toBe('');
  });

  it('binds a token to the connection where TLS is ours', async () => {
    const client = await RawTcp.secured(running.server.ports.c2s);
    client.send(authenticate(agent + requestToken('HT-SHA-256-EXPR')));
    const secret = tokenOf(await client.until(/<\/success>/));
    expect(secret).not.toBe('');
    const other = await RawTcp.secured(running.server.ports.c2s);
    other.send(authenticate(agent + fast(), none, hashed(secret)));
    expect(await other.until(/<\/failure>/)).toContain('<not-authorized');
    other.send(authenticate(agent + fast(), 'HT-SHA-256-EXPR', hashed(secret)));
    expect(await other.until(/<\/failure>/)).toContain('<not-authorized');
  });
});

describe('xmpp.js', () => {
  // Node 20 has none of its own.
  beforeEach(() => void vi.stubGlobal('WebSocket', WebSocket));
  afterEach(() => void vi.unstubAllGlobals());

  it('logs in, comes back by token, and resumes in the same step', async () => {
    const entity = xmppClient({
      service: running.webSocketUrl,
      domain,
      username: 'alice',
      password: 'wonderland',
    });
    const sent: string[] = [];
    const received: string[] = [];
    entity.on('send', (element: { toString(): string }) => void sent.push(element.toString()));
    entity.on('element', (element: { toString(): string }) => void received.push(element.toString()));
    entity.on('error', () => undefined);
    entity.reconnect.delay = 10;
    const jid = await entity.start();
    expect(sent.join('')).toContain('mechanism="SCRAM-SHA-1"');
    expect(received.join('')).toContain('urn:xmpp:bind:0');
    await expect.poll(() => received.join('')).toContain('<token ');
    const resumed = once(entity.streamManagement, 'resumed');
    sent.length = 0;
    entity.socket?.socket.terminate?.();
    await resumed;
    expect(sent.join('')).toContain(`mechanism="${none}"`);
    expect(String(entity.jid)).toBe(String(jid));
    expect(running.server.sessions()).toMatchObject([{ state: 'attached' }]);
    await entity.stop();
  });
});
