import {
  attribute,
  el,
  type Element,
  NS,
  parseStanzaError,
  resultReply,
  stanzaError,
} from '@conclave/signaling';
import { pino } from 'pino';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { connect, type ConnectOptions, type XmppConnection } from './index.js';
import { type Identity, makeIdentity, Peer, type PeerOptions } from './peer.test.support.js';

const log = pino({ level: 'silent' });
const password = 's3cret';
let identity: Identity;
const open: { stop?(): Promise<void>; close?(): Promise<void> }[] = [];

beforeAll(async () => {
  identity = await makeIdentity('auth.test');
});

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await (each.stop?.() ?? each.close?.());
});

async function listen(options: Partial<PeerOptions> = {}, port?: number): Promise<Peer> {
  const peer = await Peer.listen({ identity, password, ...options }, port);
  open.push(peer);
  return peer;
}

function client(peer: { readonly port: number }, options: Partial<ConnectOptions> = {}): XmppConnection {
  const connection = connect({
    host: '127.0.0.1',
    port: peer.port,
    domain: 'auth.test',
    username: 'focus',
    password,
    resource: 'focus',
    tls: { ca: identity.cert },
    log,
    reconnectMs: 20,
    ...options,
  });
  open.push(connection);
  return connection;
}

const online = (connection: XmppConnection) =>
  new Promise<boolean>((resolve) => {
    const unsubscribe = connection.on('online', ({ resumed }) => {
      unsubscribe();
      resolve(resumed);
    });
  });
const offline = (connection: XmppConnection) =>
  new Promise<void>((resolve) => connection.on('offline', () => resolve()));

/** A logger that resolves with the first warning. */
function warning(): { log: typeof log; text: Promise<string> } {
  let resolve: (text: string) => void;
  const text = new Promise<string>((settle) => {
    resolve = settle;
  });
  return { log: pino({ level: 'warn' }, { write: (line: string) => resolve(line) }), text };
}

const echo: NonNullable<PeerOptions['onStanza']> = (stanza, session) => {
  if (stanza.name === 'iq' && attribute(stanza, 'type') === 'get') session.write(resultReply(stanza));
};

describe('a session', () => {
  it('logs in by SCRAM over pinned TLS and binds the resource', async () => {
    const peer = await listen();
    const connection = client(peer);
    expect(await online(connection)).toBe(false);
    expect(connection.jid).toBe('focus@auth.test/focus');
    expect(peer.session?.secure).toBe(true);
  });

  it('accepts the pinned certificate whatever its name', async () => {
    const peer = await listen();
    const connection = client(peer, { domain: 'elsewhere.test' });
    expect(await online(connection)).toBe(false);
  });

  it('sends nothing to a server that leaves out STARTTLS', async () => {
    const { log: warned, text } = warning();
    const peer = await listen({ offerStartTls: false });
    client(peer, { log: warned });
    expect(await text).toContain('does not offer STARTTLS');
    expect(peer.session?.received).toEqual([]);
  });

  it('refuses a server with another certificate', async () => {
    const { log: warned, text } = warning();
    const peer = await listen({ identity: await makeIdentity('auth.test') });
    client(peer, { log: warned });
    expect(await text).toMatch(/self-signed|certificate/);
  });

  it('asks for the pinned certificate anew at every attempt', async () => {
    const peer = await listen();
    let asked = 0;
    const ca = () => {
      asked += 1;
      if (asked === 1) throw new Error('not written yet');
      return identity.cert;
    };
    const connection = client(peer, { tls: { ca } });
    expect(await online(connection)).toBe(false);
    expect(asked).toBe(2);
  });

  it('tries again after a wrong password, for the account may be made later', async () => {
    const { log: warned, text } = warning();
    const peer = await listen();
    client(peer, { log: warned, password: 'wrong' });
    expect(await text).toContain('not-authorized');
  });

  it('waits for a server that starts later', async () => {
    const reserved = await Peer.listen({ identity, password });
    const { port } = reserved;
    await reserved.close();
    const connection = client({ port });
    await listen({}, port);
    expect(await online(connection)).toBe(false);
  });

  it('reads characters that arrive in two chunks', async () => {
    const peer = await listen();
    const connection = client(peer);
    await online(connection);
    const body = 'naïve ☕ '.repeat(8000);
    const message = new Promise<Element>((resolve) => connection.on('stanza', resolve));
    peer.session?.write(el('message', { from: 'room@muc.test/ann' }, el('body', {}, body)));
    expect((await message).getChildText('body')).toBe(body);
  });
});

describe('requests', () => {
  it('settle with the result', async () => {
    const peer = await listen({ onStanza: echo });
    const connection = client(peer);
    await online(connection);
    const outcome = await connection.request(
      el('iq', { type: 'get', to: 'auth.test' }, el('ping', { xmlns: NS.ping })),
    );
    expect(outcome.kind).toBe('result');
  });

  it('settle with the error', async () => {
    const peer = await listen({
      onStanza: (stanza, session) =>
        session.write(
          el(
            'iq',
            { type: 'error', id: attribute(stanza, 'id'), from: 'auth.test' },
            el('error', { type: 'auth' }, el('forbidden', { xmlns: NS.stanzaErrors })),
          ),
        ),
    });
    const connection = client(peer);
    await online(connection);
    const outcome = await connection.request(el('iq', { type: 'get', to: 'auth.test' }, el('q')));
    expect(outcome).toMatchObject({ kind: 'error', error: { type: 'auth', condition: 'forbidden' } });
  });

  it('ignore an answer from anybody else', async () => {
    const peer = await listen({
      onStanza: (stanza, session) =>
        session.write(el('iq', { type: 'result', id: attribute(stanza, 'id'), from: 'mallory@auth.test' })),
    });
    const connection = client(peer);
    await online(connection);
    const iq = el('iq', { type: 'get', to: 'auth.test' }, el('q'));
    expect(await connection.request(iq, { timeoutMs: 100 })).toEqual({ kind: 'timeout' });
  });

  it('end with the session when it cannot be resumed', async () => {
    const peer = await listen();
    peer.resumable = false;
    const connection = client(peer);
    await online(connection);
    const outcome = connection.request(el('iq', { type: 'get', to: 'auth.test' }, el('q')));
    peer.session?.cut();
    expect(await outcome).toEqual({ kind: 'disconnected' });
  });

  it('fail at once without a session', async () => {
    const peer = await listen();
    const connection = client(peer);
    expect(await connection.request(el('iq', { type: 'get' }, el('q')))).toEqual({ kind: 'disconnected' });
  });
});

describe('IQs from others', () => {
  async function ask(
    iq: Element,
    prepare: (connection: XmppConnection) => void = () => undefined,
  ): Promise<Element> {
    let answered: (stanza: Element) => void = () => undefined;
    const answer = new Promise<Element>((resolve) => {
      answered = resolve;
    });
    const peer = await listen({
      onStanza: (stanza) => (stanza.name === 'iq' ? answered(stanza) : undefined),
    });
    const connection = client(peer);
    prepare(connection);
    await online(connection);
    peer.session?.write(iq);
    return answer;
  }
  const query = (type: string, ...children: Element[]) =>
    el('iq', { type, id: '1', from: 'room@muc.test/ann', to: 'focus@auth.test/focus' }, children);

  it('are answered by their handler, whatever their type', async () => {
    const answer = await ask(query('get', el('q', { xmlns: 'urn:x' })), (connection) => {
      connection.handleIq({ name: 'q', xmlns: 'urn:x' }, () => el('a', { xmlns: 'urn:x' }));
    });
    expect(answer.attrs).toMatchObject({ type: 'result', id: '1', to: 'room@muc.test/ann' });
    expect(answer.getChild('a', 'urn:x')).toBeDefined();
  });

  it('may be refused by it', async () => {
    const answer = await ask(query('set', el('q', { xmlns: 'urn:x' })), (connection) => {
      connection.handleIq({ name: 'q', xmlns: 'urn:x' }, () =>
        Promise.resolve(stanzaError('forbidden', 'no')),
      );
    });
    expect(parseStanzaError(answer)).toMatchObject({ condition: 'forbidden', text: 'no' });
  });

  it('get an internal-server-error when it throws, and the session goes on', async () => {
    const answer = await ask(query('set', el('q', { xmlns: 'urn:x' })), (connection) => {
      connection.handleIq({ name: 'q', xmlns: 'urn:x' }, () => {
        throw new Error('a bug');
      });
    });
    expect(parseStanzaError(answer)?.condition).toBe('internal-server-error');
  });

  it('get service-unavailable without one', async () => {
    expect(parseStanzaError(await ask(query('get', el('q', { xmlns: 'urn:x' }))))?.condition).toBe(
      'service-unavailable',
    );
  });

  it('get bad-request without exactly one payload', async () => {
    expect(parseStanzaError(await ask(query('get')))?.condition).toBe('bad-request');
  });

  it('answer a ping', async () => {
    expect(attribute(await ask(query('get', el('ping', { xmlns: NS.ping }))), 'type')).toBe('result');
  });
});

describe('a lost connection', () => {
  it('is resumed, and what was sent meanwhile arrives', async () => {
    let arrived: (body: string) => void = () => undefined;
    const message = new Promise<string>((resolve) => {
      arrived = resolve;
    });
    const peer = await listen({
      onStanza: (stanza) =>
        stanza.name === 'message' ? arrived(stanza.getChildText('body') ?? '') : undefined,
    });
    const connection = client(peer);
    await online(connection);
    const lost = offline(connection);
    // The server has enabled stream management once it has answered our request for a sign of life.
    await connection.request(el('iq', { type: 'get', to: 'auth.test' }, el('q')), { timeoutMs: 300 });
    peer.session?.cut();
    await lost;
    connection.send(el('message', { to: 'x@auth.test' }, el('body', {}, 'while away')));
    expect(await online(connection)).toBe(true);
    expect(await message).toBe('while away');
  });

  it('becomes a new session when the server has forgotten the old one', async () => {
    const peer = await listen();
    peer.resumable = false;
    const connection = client(peer);
    await online(connection);
    peer.session?.cut();
    expect(await online(connection)).toBe(false);
  });

  it('is counted from the answer to <enable/>, also in the packet that brings it', async () => {
    const requestAck = el('r', { xmlns: NS.streamManagement });
    const peer = await listen({ afterEnabled: [el('message'), requestAck] });
    client(peer);
    await vi.waitFor(() => expect(peer.session?.acknowledged).toEqual([1]));
    peer.session?.write([el('message'), requestAck].join(''));
    await vi.waitFor(() => expect(peer.session?.acknowledged).toEqual([1, 2]));
  });

  it('stays closed after stop', async () => {
    const peer = await listen();
    const connection = client(peer);
    await online(connection);
    await connection.stop();
    expect(connection.online).toBe(false);
    expect(peer.sessions).toHaveLength(1);
  });
});
