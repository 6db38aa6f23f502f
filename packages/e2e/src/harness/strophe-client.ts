/** A user of Strophe.js, the client library under lib-jitsi-meet that we did not write: logged in, its stanzas awaited one by one. */
import { once } from 'node:events';
import { $iq, $msg, $pres, type Builder, Strophe, type XmlElement } from 'strophe.js';
import { XMLHttpRequest } from 'xmlhttprequest-ssl';

// What it expects of a browser.
Object.assign(globalThis, { XMLHttpRequest, window: { XMLHttpRequest } });
const elements = Object.getPrototypeOf(Strophe.xmlElement('x')) as object;
Object.assign(elements, {
  /** It looks for elements by their names only. */
  querySelector(this: XmlElement, name: string): XmlElement | null {
    return this.getElementsByTagName(name).item(0);
  },
});

/** Milliseconds until an awaited stanza is given up. */
const patience = 10_000;

type Connection = InstanceType<typeof Strophe.Connection>;

export class StropheClient {
  readonly #connection: Connection;
  readonly #received: XmlElement[] = [];
  readonly #arrivals = new EventTarget();

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** @param url its scheme says over what @param jid without a local part: as a guest. Rejects with the state in which it did not log in. */
  static connect(url: string, jid: string, password?: string): Promise<StropheClient> {
    const connection = new Strophe.Connection(url);
    const client = new StropheClient(connection);
    const { CONNECTED, AUTHFAIL, CONNFAIL, DISCONNECTED } = Strophe.Status;
    return new Promise((resolve, reject) => {
      connection.connect(jid, password, (status, condition) => {
        if (status === CONNECTED) {
          connection.addHandler((stanza) => client.#take(stanza));
          resolve(client);
        } else if (status === AUTHFAIL || status === CONNFAIL || status === DISCONNECTED) {
          client.#arrivals.dispatchEvent(new Event('gone'));
          reject(new Error(`${status === AUTHFAIL ? 'refused' : 'disconnected'}: ${condition ?? ''}`));
        }
      });
    });
  }

  get jid(): string {
    return this.#connection.jid;
  }

  send(stanza: Builder): void {
    this.#connection.send(stanza);
  }

  say(to: string, type: 'chat' | 'groupchat', body: string): void {
    this.send($msg({ to, type }).c('body', {}, body));
  }

  /** @returns the answer to a ping */
  ping(to: string): Promise<XmlElement> {
    const ping = $iq({ to, type: 'get' }).c('ping', { xmlns: 'urn:xmpp:ping' });
    return new Promise((resolve, reject) =>
      this.#connection.sendIQ(ping, resolve, () => reject(new Error(`${to} does not answer`))),
    );
  }

  /** Enters a room, and resolves when it is in. */
  async enter(room: string, nick: string): Promise<void> {
    this.send($pres({ to: `${room}/${nick}` }).c('x', { xmlns: 'http://jabber.org/protocol/muc' }));
    await this.next(
      (stanza) => stanza.tagName === 'presence' && stanza.getAttribute('from') === `${room}/${nick}`,
    );
  }

  /** The oldest stanza that is meant and was not taken yet. */
  async next(isMeant: (stanza: XmlElement) => boolean): Promise<XmlElement> {
    const signal = AbortSignal.timeout(patience);
    for (;;) {
      const at = this.#received.findIndex(isMeant);
      const [found] = at < 0 ? [] : this.#received.splice(at, 1);
      if (found !== undefined) return found;
      await once(this.#arrivals, 'stanza', { signal });
    }
  }

  /** The bodies of the next messages, whoever they are from. */
  async bodies(count: number): Promise<string[]> {
    const found: string[] = [];
    while (found.length < count) found.push(bodyOf(await this.next((stanza) => bodyOf(stanza) !== '')));
    return found;
  }

  /** Ends the session. */
  async close(): Promise<void> {
    if (!this.#connection.authenticated) return;
    const gone = once(this.#arrivals, 'gone', { signal: AbortSignal.timeout(patience) });
    this.#connection.disconnect();
    await gone;
  }

  #take(stanza: XmlElement): true {
    this.#received.push(stanza);
    this.#arrivals.dispatchEvent(new Event('stanza'));
    return true;
  }
}

function bodyOf(stanza: XmlElement): string {
  if (stanza.tagName !== 'message') return '';
  return stanza.getElementsByTagName('body').item(0)?.textContent ?? '';
}
