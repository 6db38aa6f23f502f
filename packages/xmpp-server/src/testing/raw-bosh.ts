/** A BOSH client that posts exactly the bodies a test tells it to. */
import { domain } from './test-server.js';

export const boshNamespace = 'http://jabber.org/protocol/httpbind';

export interface BoshAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export class RawBosh {
  sid = '';
  rid = 1_000;

  constructor(readonly url: string) {}

  /** A session; what the server answered is kept nowhere. */
  static async opened(url: string, attributes = '', to: string = domain): Promise<RawBosh> {
    const client = new RawBosh(url);
    await client.create(attributes, to);
    return client;
  }

  /** Logged in as a guest; nothing is bound. */
  static async guest(url: string, attributes = ''): Promise<RawBosh> {
    const to = `guest.${domain}`;
    const client = await RawBosh.opened(url, attributes, to);
    await client.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>");
    await client.restart(to);
    return client;
  }

  /** A guest with a resource. */
  static async bound(url: string, attributes = ''): Promise<RawBosh> {
    const client = await RawBosh.guest(url, attributes);
    await client.send(
      "<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
    );
    return client;
  }

  async create(attributes = '', to: string = domain): Promise<string> {
    const answer = await this.post(
      `<body xmlns='${boshNamespace}' rid='${this.rid}' to='${to}' wait='60' hold='1' ver='1.6' xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh' ${attributes}/>`,
    );
    this.sid = /sid="([^"]+)"/.exec(answer.text)?.[1] ?? '';
    return answer.text;
  }

  restart(to: string = domain): Promise<string> {
    return this.send('', `xmpp:restart='true' xmlns:xmpp='urn:xmpp:xbosh' to='${to}'`);
  }

  /** The next request. @returns the body that answers it */
  async send(payload = '', attributes = ''): Promise<string> {
    this.rid++;
    return this.request(this.rid, payload, attributes);
  }

  async request(rid: number, payload = '', attributes = ''): Promise<string> {
    const { text } = await this.post(
      `<body xmlns='${boshNamespace}' rid='${rid}' sid='${this.sid}' ${attributes}>${payload}</body>`,
    );
    return text;
  }

  async post(body: string | Buffer, headers: Record<string, string> = {}): Promise<BoshAnswer> {
    const response = await fetch(this.url, { method: 'POST', body, headers });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }
}
