import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type Element, NS, el } from '@conclave/signaling';
import { parse } from 'ltx';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { type ConnectionEvents, type ConnectionOptions, openConnection } from './connection.js';

/** The few lines of an XMPP server (RFC 7395, 6120) that these dialogues need. */
class TinyServer {
  readonly listener = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'xmpp' });
  readonly received: Element[] = [];
  readonly urls: string[] = [];
  mechanisms = ['ANONYMOUS'];
  /** Lets everyone in, and proves nothing. */
  believes = false;
  /** Whether a broken session may be resumed (XEP-0198). */
  resumes = true;
  /** The session's counter of stanzas, once stream management is on. */
  private handled = 0;
  private socket: WebSocket | undefined;
  private users = 0;
  private heard: (() => void)[] = [];

  constructor() {
    this.listener.on('connection', (socket, { url }) => {
      this.urls.push(url ?? '');
      this.socket = socket;
      let authenticated = false;
      socket.on('message', (data) => {
        const element = parse((data as Buffer).toString());
        this.received.push(element);
        if (element.name === 'open') this.open(authenticated);
        if (element.name === 'close') {
          this.say(`<close xmlns='${NS.framing}'/>`);
          socket.close();
        }
        if (element.name === 'auth') {
          authenticated = this.believes || element.attrs['mechanism'] === 'ANONYMOUS';
          this.say(
            authenticated
              ? `<success xmlns='${NS.sasl}'/>`
              : `<failure xmlns='${NS.sasl}'><not-authorized/></failure>`,
          );
        }
        this.stanza(element);
        for (const told of this.heard.splice(0)) told();
      });
    });
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.listener.address() as AddressInfo).port}/xmpp-websocket`;
  }

  say(xml: string): void {
    this.socket?.send(xml);
  }

  /** Breaks the connection without a word. */
  cut(): void {
    this.socket?.terminate();
  }

  async hears(match: (element: Element) => boolean): Promise<Element> {
    for (;;) {
      const found = this.received.find(match);
      if (found) return found;
      await new Promise<void>((resolve) => this.heard.push(resolve));
    }
  }

  close(): void {
    for (const socket of this.listener.clients) socket.terminate();
    this.listener.close();
  }

  private open(authenticated: boolean): void {
    const mechanisms = this.mechanisms.map((name) => `<mechanism>${name}</mechanism>`).join('');
    this.say(`<open xmlns='${NS.framing}' version='1.0' id='1' from='d'/>`);
    this.say(
      `<stream:features xmlns:stream='${NS.streams}'>${
        authenticated
          ? `<bind xmlns='${NS.bind}'/><sm xmlns='${NS.streamManagement}'/>`
          : `<mechanisms xmlns='${NS.sasl}'>${mechanisms}</mechanisms>`
      }</stream:features>`,
    );
  }

  private stanza(element: Element): void {
    const sm = NS.streamManagement;
    if (element.getChild('bind', NS.bind)) {
      this.users += 1;
      this.say(
        `<iq xmlns='jabber:client' type='result' id='${element.attrs['id'] as string}'><bind xmlns='${NS.bind}'><jid>user${this.users}@d/r</jid></bind></iq>`,
      );
    } else if (element.is('enable', sm)) {
      this.handled = 0;
      this.say(`<enabled xmlns='${sm}' id='sm1' resume='true'/>`);
    } else if (element.is('resume', sm)) {
      const answer = this.resumes ? `<resumed xmlns='${sm}' previd='sm1' h='${this.handled}'/>` : '';
      this.say(answer || `<failed xmlns='${sm}'><item-not-found xmlns='${NS.stanzaErrors}'/></failed>`);
    } else if (element.is('r', sm)) {
      this.say(`<a xmlns='${sm}' h='${this.handled}'/>`);
    } else if (['iq', 'message', 'presence'].includes(element.name)) {
      this.handled += 1;
    }
  }
}

let server: TinyServer;
const opened: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  // Browsers and newer releases of Node have it; Node 20 has not.
  vi.stubGlobal('WebSocket', WebSocket);
  server = new TinyServer();
  await once(server.listener, 'listening');
});
afterEach(async () => {
  for (const connection of opened.splice(0)) await connection.close();
  server.close();
});

/** A connection, and its events in the order of their coming. */
function connect(options: Partial<ConnectionOptions> = {}, iq: ConnectionEvents['iq'] = () => undefined) {
  const log: string[] = [];
  let heard: (() => void)[] = [];
  const note = (event: string) => {
    log.push(event);
    for (const told of heard.splice(0)) told();
  };
  const connection = openConnection(
    { service: server.url, domain: 'd', random: () => 0, ...options },
    {
      online: (jid) => note(`online ${jid}`),
      resumed: () => note('resumed'),
      lost: () => note('lost'),
      failed: (failure) => note(`failed ${failure}`),
      stanza: (stanza) => note(`stanza ${stanza.name}`),
      iq,
    },
  );
  opened.push(connection);
  const until = async (event: string) => {
    while (!log.includes(event)) await new Promise<void>((resolve) => (heard = [...heard, resolve]));
  };
  return { connection, log, until };
}

describe('a connection', () => {
  it('logs in without an account, binds, and turns stream management on', async () => {
    const { until } = connect();
    await until('online user1@d/r');
    await server.hears((element) => element.is('enable', NS.streamManagement));
  });

  it('goes on after a cut, with what was sent meanwhile, under the id that gives an anonymous user its name back', async () => {
    const { connection, until, log } = connect();
    await until('online user1@d/r');
    await server.hears((element) => element.is('enable', NS.streamManagement));
    connection.send(el('message', { to: 'room@muc', id: 'm1' }));
    await server.hears(({ attrs }) => attrs['id'] === 'm1');
    server.cut();
    await until('lost');
    await until('resumed');
    expect(log).toEqual(['online user1@d/r', 'lost', 'resumed']);
    expect(server.urls).toEqual(['/xmpp-websocket', '/xmpp-websocket?previd=sm1']);
  });

  it('acknowledges answers as well, so that nothing comes a second time after a cut', async () => {
    const { connection, until } = connect();
    await until('online user1@d/r');
    await server.hears((element) => element.is('enable', NS.streamManagement));
    const gone = `<error type='cancel'><gone xmlns='${NS.stanzaErrors}'/></error>`;
    const asked = ['result', 'error'].map(async (type) => {
      const answer = connection.request(
        el('iq', { type: 'get', to: 'd', id: type }, el('ping', { xmlns: NS.ping })),
      );
      await server.hears(({ attrs }) => attrs['id'] === type);
      server.say(
        `<iq xmlns='jabber:client' type='${type}' id='${type}' from='d'>${type === 'error' ? gone : ''}</iq>`,
      );
      return answer;
    });
    expect(await Promise.all(asked)).toMatchObject([{ kind: 'result' }, { kind: 'error' }]);
    server.say(`<message xmlns='jabber:client' from='d'/>`);
    await until('stanza message');
    server.cut();
    const resume = await server.hears((element) => element.is('resume', NS.streamManagement));
    expect(resume.attrs['h']).toBe('3');
  });

  it('begins anew when nothing is left to resume', async () => {
    const { until, log } = connect();
    await until('online user1@d/r');
    await server.hears((element) => element.is('enable', NS.streamManagement));
    server.resumes = false;
    server.cut();
    await until('online user2@d/r');
    expect(log).toEqual(['online user1@d/r', 'lost', 'online user2@d/r']);
  });

  it('answers what it is asked: a payload, an error, or an empty result', async () => {
    const answers = [
      el('query', { xmlns: NS.discoInfo }),
      undefined,
      { type: 'cancel', condition: 'gone' } as const,
    ];
    const { until } = connect({}, () => answers.shift());
    await until('online user1@d/r');
    const ask = async (id: string) => {
      server.say(
        `<iq xmlns='jabber:client' type='get' id='${id}' from='room@muc/x'><query xmlns='${NS.discoInfo}'/></iq>`,
      );
      return server.hears(({ attrs }) => attrs['id'] === id);
    };
    expect((await ask('a')).getChild('query', NS.discoInfo)).toBeDefined();
    const empty = await ask('b');
    expect([empty.attrs['type'], empty.children]).toEqual(['result', []]);
    const refused = await ask('c');
    expect([refused.attrs['type'], refused.getChild('error')!.children.length]).toEqual(['error', 1]);
  });

  it('hands answers to whoever asked, as values', async () => {
    const { connection, until } = connect();
    await until('online user1@d/r');
    const ask = async (reply: (id: string) => string) => {
      const asked = connection.request(
        el('iq', { type: 'get', to: 'd' }, el('ping', { xmlns: NS.ping })),
        200,
      );
      const known = server.received.length;
      const iq = await server.hears(
        (element) => server.received.indexOf(element) >= known - 1 && !!element.getChild('ping'),
      );
      server.received.splice(server.received.indexOf(iq), 1);
      server.say(reply(iq.attrs['id'] as string));
      return asked;
    };
    expect(await ask((id) => `<iq xmlns='jabber:client' type='result' id='${id}' from='d'/>`)).toMatchObject({
      kind: 'result',
    });
    expect(
      await ask(
        (id) =>
          `<iq xmlns='jabber:client' type='error' id='${id}' from='d'><error type='wait'><resource-constraint xmlns='${NS.stanzaErrors}'/></error></iq>`,
      ),
    ).toMatchObject({ kind: 'error', error: { type: 'wait', condition: 'resource-constraint' } });
    expect(await ask(() => `<message xmlns='jabber:client' from='d'/>`)).toEqual({ kind: 'timeout' });
  });

  it('tells a wrong password from an unwilling server', async () => {
    const credentials = { username: 'host', password: 'x' };
    server.mechanisms = ['PLAIN', 'SCRAM-SHA-256'];
    const wrong = connect({ credentials });
    await wrong.until('failed authentication-failed');
    const auth = server.received.find(({ name }) => name === 'auth')!;
    expect(auth.attrs['mechanism']).toBe('SCRAM-SHA-256');

    // No server gets to see the password.
    server.mechanisms = ['PLAIN'];
    const plain = connect({ credentials });
    await plain.until('failed no-mechanism');
    const guest = connect();
    await guest.until('failed no-mechanism');
  });

  it('does not believe a server that skips its proof', async () => {
    server.mechanisms = ['SCRAM-SHA-256'];
    server.believes = true;
    const { until } = connect({ credentials: { username: 'host', password: 'x' } });
    await until('failed authentication-failed');
  });
});
