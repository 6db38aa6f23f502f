/** A client over plain TCP that sends what the script says, word for word, and collects all that comes. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Element } from '@conclave/signaling';
import { domain, password, type Peer } from './peers.js';
import { scram } from './scram.js';
import { StreamElements } from './stream-elements.js';

const header = `<stream:stream to="${domain}" version="1.0" xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams">`;
const sasl = 'urn:ietf:params:xml:ns:xmpp-sasl';

/** Milliseconds that a server may take to answer. */
const patience = 20_000;

export class ScriptedClient {
  /** Complete elements of the stream that nobody has taken yet. */
  private received: Element[] = [];
  private stream = this.newStream();
  private ended = false;
  private wake: () => void = () => undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (bytes: Buffer) => this.stream.write(bytes.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.ended = true;
      this.wake();
    });
  }

  static async connect({ port }: Peer): Promise<ScriptedClient> {
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    await once(socket, 'connect');
    return new ScriptedClient(socket);
  }

  /** Logged in by SCRAM-SHA-1; nothing is bound. */
  static async login(peer: Peer, username: string): Promise<ScriptedClient> {
    const client = await ScriptedClient.connect(peer);
    const { first, answer } = scram(username, password);
    await client.open();
    client.send(`<auth xmlns="${sasl}" mechanism="SCRAM-SHA-1">${first}</auth>`);
    const challenge = (await client.next('challenge')).getText();
    client.send(`<response xmlns="${sasl}">${answer(challenge)}</response>`);
    await client.next('success');
    await client.open();
    return client;
  }

  static async bound(peer: Peer, username: string, resource: string): Promise<ScriptedClient> {
    const client = await ScriptedClient.login(peer, username);
    const bind = `<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>${resource}</resource></bind>`;
    client.send(`<iq type="set" id="bind">${bind}</iq>`);
    await client.next('iq');
    return client;
  }

  private async open(): Promise<void> {
    this.stream = this.newStream();
    this.send(header);
    await this.next('stream:features');
  }

  send(text: string): void {
    this.socket.write(text);
  }

  /** All that has come since, once the server has answered a ping sent after it. */
  async settled(id: string): Promise<void> {
    this.send(`<iq type="get" to="${domain}" id="${id}"><ping xmlns="urn:xmpp:ping"/></iq>`);
    await this.until(() => this.take((element) => element.attrs['id'] === id) !== undefined);
  }

  /** Takes what has come. */
  takeAll(): Element[] {
    return this.received.splice(0);
  }

  /** Everything up to the end of the connection. */
  async rest(): Promise<Element[]> {
    await this.until(() => this.ended);
    return this.takeAll();
  }

  get isOver(): boolean {
    return this.ended;
  }

  cut(): void {
    this.socket.destroy();
  }

  private async next(name: string): Promise<Element> {
    let found: Element | undefined;
    await this.until(() => {
      found = this.take((element) => element.name === name);
      return found !== undefined;
    });
    if (found === undefined) throw new Error(`no <${name}/>`);
    return found;
  }

  private take(matches: (element: Element) => boolean): Element | undefined {
    const index = this.received.findIndex(matches);
    return index === -1 ? undefined : this.received.splice(index, 1)[0];
  }

  private async until(holds: () => boolean): Promise<void> {
    const deadline = AbortSignal.timeout(patience);
    while (!holds()) {
      if (this.ended) throw new Error(`the connection ended after: ${this.received.join('\n')}`);
      await new Promise<void>((resolve, reject) => {
        this.wake = resolve;
        deadline.onabort = () => reject(new Error(`no answer but: ${this.received.join('\n')}`));
      });
    }
  }

  private newStream(): StreamElements {
    return new StreamElements((element) => {
      this.received.push(element);
      this.wake();
    });
  }
}
