/** A real, small XMPP server for tests: TCP, STARTTLS, SCRAM-SHA-1, binding and stream management, scripted by the test. */
// tsyringe, inside @peculiar/x509, needs it first.
import 'reflect-metadata';
import { createHash, createHmac, pbkdf2Sync, randomBytes, webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { attribute, el, type Element, NS } from '@conclave/signaling';
import * as x509 from '@peculiar/x509';
import { Parser } from '@xmpp/xml';

export interface Identity {
  readonly key: string;
  readonly cert: string;
}

/** A self-signed certificate for `name`. */
export async function makeIdentity(name: string): Promise<Identity> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${name}`,
      keys,
      signingAlgorithm: algorithm,
      notBefore: new Date(Date.now() - 60_000),
      notAfter: new Date(Date.now() + 3_600_000),
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: name }])],
    },
    webcrypto,
  );
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`,
    cert: certificate.toString('pem'),
  };
}

export interface PeerOptions {
  readonly identity: Identity;
  readonly password: string;
  readonly offerStartTls?: boolean;
  /** Sent in one packet with the answer to `<enable/>`. */
  readonly afterEnabled?: readonly Element[];
  /** Called for every stanza but the negotiation's. */
  onStanza?: (stanza: Element, session: PeerSession) => void;
}

const hmac = (key: Buffer, data: string | Buffer) => createHmac('sha1', key).update(data).digest();

/** What SCRAM-SHA-1 (RFC 5802) asks of a server that knows `password`. */
class Scram {
  private readonly salt = randomBytes(16);
  private first = '';

  constructor(private readonly password: string) {}

  challenge(clientFirst: string): string {
    const bare = clientFirst.slice(3);
    const nonce = /r=([^,]+)/.exec(bare)?.[1] ?? '';
    const serverFirst = `r=${nonce}server,s=${this.salt.toString('base64')},i=4096`;
    this.first = `${bare},${serverFirst}`;
    return serverFirst;
  }

  /** The server's final message, or undefined when the proof is wrong. */
  verify(clientFinal: string): string | undefined {
    const [withoutProof = '', proof = ''] = clientFinal.split(',p=');
    const message = `${this.first},${withoutProof}`;
    const salted = pbkdf2Sync(this.password, this.salt, 4096, 20, 'sha1');
    const clientKey = hmac(salted, 'Client Key');
    const signature = hmac(createHash('sha1').update(clientKey).digest(), message);
    const expected = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)));
    if (!expected.equals(Buffer.from(proof, 'base64'))) return undefined;
    return `v=${hmac(hmac(salted, 'Server Key'), message).toString('base64')}`;
  }
}

/** One client's connection. */
export class PeerSession {
  readonly received: Element[] = [];
  /** What the client said it has handled. */
  readonly acknowledged: number[] = [];
  private socket: Socket;
  private authenticated = false;
  private handled = 0;
  private readonly scram: Scram;

  constructor(
    raw: Socket,
    private readonly peer: Peer,
  ) {
    this.socket = raw;
    this.scram = new Scram(peer.options.password);
    this.listen(raw);
  }

  get secure(): boolean {
    return this.socket instanceof TLSSocket;
  }

  write(xml: string | Element): void {
    this.socket.write(xml.toString());
  }

  /** Cuts the wire without a word. */
  cut(): void {
    this.socket.destroy();
  }

  private listen(socket: Socket): void {
    this.socket = socket;
    socket.on('error', () => undefined);
    const parser = new Parser();
    let open = parser;
    const attach = (current: Parser) => {
      current.on('start', () => this.opened());
      current.on('element', (element: Element) => {
        if (element.is('auth', NS.sasl) || element.is('response', NS.sasl)) this.authenticate(element, reset);
        else if (element.is('starttls', NS.tls)) this.startTls();
        else this.element(element);
      });
      current.on('end', () => this.socket.end('</stream:stream>'));
      current.on('error', () => this.socket.destroy());
    };
    const reset = () => {
      open = new Parser();
      attach(open);
    };
    attach(parser);
    socket.on('data', (data: Buffer) => open.write(data.toString('utf8')));
  }

  private opened(): void {
    const header = `<stream:stream xmlns='jabber:client' xmlns:stream='${NS.streams}' id='s' version='1.0'>`;
    const features = this.authenticated
      ? [el('bind', { xmlns: NS.bind }), el('sm', { xmlns: NS.streamManagement })]
      : this.secure
        ? [el('mechanisms', { xmlns: NS.sasl }, el('mechanism', {}, 'SCRAM-SHA-1'))]
        : this.peer.options.offerStartTls === false
          ? [el('mechanisms', { xmlns: NS.sasl }, el('mechanism', {}, 'SCRAM-SHA-1'))]
          : [el('starttls', { xmlns: NS.tls })];
    this.write(`${header}${el('stream:features', {}, features).toString()}`);
  }

  private startTls(): void {
    this.write(el('proceed', { xmlns: NS.tls }));
    this.socket.removeAllListeners('data');
    const { key, cert } = this.peer.options.identity;
    this.listen(
      new TLSSocket(this.socket, { isServer: true, secureContext: createSecureContext({ key, cert }) }),
    );
  }

  private authenticate(element: Element, reset: () => void): void {
    const text = Buffer.from(element.getText(), 'base64').toString();
    if (element.name === 'auth') {
      const challenge = this.scram.challenge(text);
      this.write(el('challenge', { xmlns: NS.sasl }, Buffer.from(challenge).toString('base64')));
      return;
    }
    const final = this.scram.verify(text);
    if (final === undefined) {
      this.write(el('failure', { xmlns: NS.sasl }, el('not-authorized')));
      return;
    }
    this.authenticated = true;
    reset();
    this.write(el('success', { xmlns: NS.sasl }, Buffer.from(final).toString('base64')));
  }

  private element(element: Element): void {
    const { sessions } = this.peer;
    if (element.is('enable', NS.streamManagement)) {
      this.handled = 0;
      const enabled = el('enabled', { xmlns: NS.streamManagement, id: 'session-1', resume: true });
      this.write([enabled, ...(this.peer.options.afterEnabled ?? [])].join(''));
    } else if (element.is('resume', NS.streamManagement)) {
      const former = this.peer.resumable ? sessions.at(-2) : undefined;
      if (former === undefined) {
        this.write(
          el('failed', { xmlns: NS.streamManagement }, el('item-not-found', { xmlns: NS.stanzaErrors })),
        );
        return;
      }
      this.handled = former.handled;
      this.write(el('resumed', { xmlns: NS.streamManagement, h: this.handled, previd: 'session-1' }));
    } else if (element.is('a', NS.streamManagement)) {
      this.acknowledged.push(Number(attribute(element, 'h')));
    } else if (element.is('r', NS.streamManagement)) {
      this.write(el('a', { xmlns: NS.streamManagement, h: this.handled }));
    } else if (element.name === 'iq' && element.getChild('bind', NS.bind) !== undefined) {
      const resource = element.getChild('bind')?.getChildText('resource') ?? 'r';
      const jid = el('jid', {}, `focus@auth.test/${resource}`);
      this.write(
        el('iq', { type: 'result', id: attribute(element, 'id') }, el('bind', { xmlns: NS.bind }, jid)),
      );
    } else if (['iq', 'presence', 'message'].includes(element.name)) {
      this.handled += 1;
      this.received.push(element);
      this.peer.options.onStanza?.(element, this);
    }
  }
}

export class Peer {
  readonly sessions: PeerSession[] = [];
  /** Whether a former session may be resumed. */
  resumable = true;
  private readonly server: Server;

  private constructor(readonly options: PeerOptions) {
    this.server = createServer((socket) => this.sessions.push(new PeerSession(socket, this)));
  }

  static async listen(options: PeerOptions, port = 0): Promise<Peer> {
    const peer = new Peer(options);
    peer.server.listen(port, '127.0.0.1');
    await once(peer.server, 'listening');
    return peer;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get session(): PeerSession | undefined {
    return this.sessions.at(-1);
  }

  async close(): Promise<void> {
    for (const session of this.sessions) session.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
