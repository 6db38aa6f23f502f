/**
 * A client that costs the machine next to nothing: text out, text in, no XML parser. Messages that matter to the benchmark carry one
 * `~`, which nothing else does: to count messages is to count an octet.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { scram } from './scram.js';
import { domain, guestDomain, type Server } from './server.js';

export const mark = '~';
const markOctet = mark.charCodeAt(0);
/** Milliseconds that a server may take to answer. */
const patience = 120_000;

/** Characters of what came before that are looked at again: more than any answer has that is read. */
const remembered = 4096;

interface Expectation {
  readonly needle: string;
  readonly found: (text: string) => void;
}

export class Client {
  /** The full JID, once it is bound. */
  jid = '';
  readonly #counted: (messages: number) => void;
  #socket: Socket;
  #expected: Expectation | undefined;
  #text = '';

  private constructor(socket: Socket, counted: (messages: number) => void) {
    this.#socket = socket;
    this.#counted = counted;
    this.#listen();
  }

  /** Connects, and protects the connection if the server wants that; nobody is logged in yet. */
  static async connect(
    server: Server,
    counted: (messages: number) => void = () => undefined,
  ): Promise<Client> {
    const socket = connect(server.port, '127.0.0.1').setNoDelay(true);
    await once(socket, 'connect');
    const client = new Client(socket, counted);
    if (server.tls) await client.#startTls();
    return client;
  }

  async logInAsGuest(): Promise<void> {
    await this.#openStream(guestDomain);
    await this.ask(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="ANONYMOUS"/>`, '<success');
    await this.#bind(guestDomain);
  }

  async logIn(username: string, password: string): Promise<void> {
    const xmlns = 'xmlns="urn:ietf:params:xml:ns:xmpp-sasl"';
    const exchange = scram(username, password);
    await this.#openStream(domain);
    const challenge = await this.ask(
      `<auth ${xmlns} mechanism="SCRAM-SHA-1">${exchange.first}</auth>`,
      '</challenge>',
    );
    const data = /<challenge[^>]*>([^<]*)</.exec(challenge)?.[1] ?? '';
    await this.ask(`<response ${xmlns}>${exchange.answer(data)}</response>`, '</success>');
    await this.#bind(domain);
  }

  /** Makes an account by in-band registration (XEP-0077), before logging in. */
  async register(username: string, password: string): Promise<void> {
    await this.#openStream(domain);
    const fields = `<username>${username}</username><password>${password}</password>`;
    const query = `<query xmlns="jabber:iq:register">${fields}</query>`;
    const answer = await this.ask(`<iq type="set" id="register">${query}</iq>`, '<iq');
    if (!/<iq[^>]* type=['"]result/.test(answer))
      throw new Error(`${username} was not registered: ${answer}`);
  }

  send(text: string): void {
    this.#socket.write(text);
  }

  /** Sends something, and resolves with what comes until the needle has come with it. */
  async ask(text: string, needle: string): Promise<string> {
    const answer = new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`waited for ${needle} after ${text}, and got ${this.#text}`));
      }, patience);
      this.#expected = {
        needle,
        found: (found) => {
          clearTimeout(timer);
          resolve(found);
        },
      };
    });
    this.send(text);
    return answer;
  }

  close(): void {
    this.#socket.destroy();
  }

  async #openStream(host: string): Promise<string> {
    const namespaces = 'xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams"';
    return this.ask(`<stream:stream to="${host}" version="1.0" ${namespaces}>`, '</stream:features>');
  }

  async #bind(host: string): Promise<void> {
    await this.#openStream(host);
    const bound = await this.ask(
      '<iq type="set" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>',
      '</jid>',
    );
    this.jid = /<jid>([^<]*)<\/jid>/.exec(bound)?.[1] ?? '';
  }

  async #startTls(): Promise<void> {
    await this.#openStream(guestDomain);
    await this.ask('<starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls"/>', '<proceed');
    this.#socket.removeAllListeners('data');
    this.#socket = connectTls({ socket: this.#socket, rejectUnauthorized: false });
    await once(this.#socket, 'secureConnect');
    this.#listen();
  }

  #listen(): void {
    this.#socket.on('data', (chunk) => this.#read(chunk));
    this.#socket.on('error', () => this.#socket.destroy());
  }

  #read(chunk: Buffer): void {
    if (this.#expected !== undefined) this.#look(this.#expected, chunk.toString('latin1'));
    let marks = 0;
    for (let at = chunk.indexOf(markOctet); at >= 0; at = chunk.indexOf(markOctet, at + 1)) marks++;
    if (marks > 0) this.#counted(marks);
  }

  #look({ needle, found }: Expectation, text: string): void {
    const all = this.#text + text;
    const isThere = all.includes(needle);
    this.#text = isThere ? '' : all.slice(-remembered);
    if (!isThere) return;
    this.#expected = undefined;
    found(all);
  }
}
