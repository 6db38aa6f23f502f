/** An XMPP client under the control of a test, over WebSocket as browsers use it: sends what it likes, and sees everything. */
import { EventEmitter, once } from 'node:events';
import {
  attribute,
  type ConferenceRequest,
  type ConferenceResponse,
  decodeConferenceResponse,
  decodeJingle,
  el,
  type Element,
  encodeConferenceRequest,
  encodeJingle,
  type IceTransport,
  type Jingle,
  joinPresence,
  NS,
  parseStanzaError,
  type StanzaError,
} from '@conclave/signaling';
import { client, xml } from '@xmpp/client';
import type { Instance } from './instance.js';
import './web-socket.js';

const features = [NS.rtpAudio, NS.rtpVideo, NS.iceUdp, NS.dtls, NS.sctp];

/** Milliseconds until an awaited stanza is given up. */
const patience = 10_000;

/** Milliseconds that the focus may need for another bridge when the first one is dead. */
const failover = 30_000;

export interface Answer {
  readonly stanza: Element;
  readonly error: StanzaError | undefined;
}

export class TestClient {
  readonly received: Element[] = [];
  private readonly events = new EventEmitter();
  private requests = 0;
  /** Why the stream ended: its error's condition, or `closed`. */
  private end: string | undefined;

  private constructor(
    private readonly entity: ReturnType<typeof client>,
    readonly jid: string,
  ) {
    this.events.setMaxListeners(0);
    entity.on('stanza', (stanza: Element) => {
      this.received.push(stanza);
      this.events.emit('stanza');
    });
    // What a client must answer to be invited: what it can do, and the invitation itself.
    entity.iqCallee.get(NS.discoInfo, 'query', () =>
      xml('query', NS.discoInfo, ...features.map((feature) => xml('feature', { var: feature }))),
    );
    entity.iqCallee.set(NS.jingle, 'jingle', () => true);
    entity.on('error', (error: Error & { condition?: string }) => {
      this.end ??= error.condition;
    });
    entity.on('disconnect', () => {
      this.end ??= 'closed';
      this.events.emit('stanza');
    });
  }

  private static async login(
    instance: Pick<Instance, 'ports'>,
    options: { domain: string; username?: string; password?: string },
    path = '/xmpp-websocket',
  ): Promise<TestClient> {
    const entity = client({ service: `ws://127.0.0.1:${instance.ports.http}${path}`, ...options });
    entity.reconnect.stop();
    entity.timeout = patience;
    // Rejections come by start(); without a listener the same error would be thrown once more.
    entity.on('error', () => undefined);
    const jid = await entity.start();
    return new TestClient(entity, jid.toString());
  }

  /** @param path at which it connects, with a query or without */
  static guest(instance: Instance, path?: string): Promise<TestClient> {
    return this.login(instance, { domain: `guest.${instance.domain}` }, path);
  }

  /** Who looks on from a visitor node. */
  static visitor(instance: Instance, node: string, path?: string): Promise<TestClient> {
    return this.login(instance, { domain: `${node}.meet.jitsi` }, path);
  }

  static host(instance: Instance, username: string, password: string, path?: string): Promise<TestClient> {
    return this.login(instance, { domain: instance.domain, username, password }, path);
  }

  async send(stanza: Element): Promise<void> {
    await this.entity.send(stanza);
  }

  /** The first stanza that matches, perhaps one that is there already. Rejects when the stream ends, with its error's condition. */
  async stanza(matches: (stanza: Element) => boolean, within = patience): Promise<Element> {
    const signal = AbortSignal.timeout(within);
    for (;;) {
      const found = this.received.find(matches);
      if (found !== undefined) return found;
      if (this.end !== undefined) throw new Error(this.end);
      await once(this.events, 'stanza', { signal }).catch(() => {
        throw new Error(`the stanza did not come; there are:\n${this.received.join('\n')}`);
      });
    }
  }

  /** Sends an IQ and waits for its result or error. */
  async ask(
    type: 'get' | 'set',
    to: string,
    payload: Element,
    attributes: Record<string, string> = {},
  ): Promise<Answer> {
    this.requests += 1;
    const id = `ask-${this.requests}`;
    await this.send(el('iq', { type, to, id, ...attributes }, payload));
    const stanza = await this.stanza(
      (each) =>
        each.name === 'iq' &&
        attribute(each, 'id') === id &&
        ['result', 'error'].includes(attribute(each, 'type') ?? ''),
    );
    return { stanza, error: parseStanzaError(stanza) };
  }

  /** A conference request to the focus. */
  async request(
    instance: Instance,
    request: Omit<ConferenceRequest, 'properties'>,
    properties: ConferenceRequest['properties'] = {},
  ): Promise<{ readonly response?: ConferenceResponse; readonly error?: StanzaError }> {
    const payload = encodeConferenceRequest({ ...request, properties });
    const { stanza, error } = await this.ask('set', `focus.${instance.domain}`, payload);
    if (error !== undefined) return { error };
    const conference = stanza.getChild('conference');
    return conference === undefined ? {} : { response: decodeConferenceResponse(conference) };
  }

  /** Tries to enter a room; the answer is our own presence, or the error. */
  async join(room: string, nick: string): Promise<Answer> {
    const count = this.received.length;
    await this.send(joinPresence({ room, nick }));
    const stanza = await this.stanza(
      (each) =>
        this.received.indexOf(each) >= count &&
        each.name === 'presence' &&
        attribute(each, 'from') === `${room}/${nick}` &&
        attribute(each, 'type') !== 'unavailable',
    );
    return { stanza, error: parseStanzaError(stanza) };
  }

  /** The offer of media that the focus sends to whoever is in a room with somebody else; the first one, or the nth. */
  async invitation(nth = 1): Promise<Jingle> {
    const isOffer = (stanza: Element) => this.offers.indexOf(stanza) === nth - 1;
    const jingle = (await this.stanza(isOffer, failover)).getChild('jingle', NS.jingle);
    if (jingle === undefined) throw new Error('no offer');
    return decodeJingle(jingle);
  }

  private get offers(): Element[] {
    return this.received.filter(
      (stanza) => stanza.getChild('jingle', NS.jingle)?.attrs['action'] === 'session-initiate',
    );
  }

  /** Accepts an offer with ICE credentials of our own, as one who will send nothing. */
  async accept(
    room: string,
    offer: Jingle,
    ice: { readonly ufrag: string; readonly password: string },
  ): Promise<void> {
    const value = Array.from({ length: 32 }, () => 'AB').join(':');
    const transport: IceTransport = {
      ufrag: ice.ufrag,
      pwd: ice.password,
      rtcpMux: true,
      candidates: [],
      fingerprints: [{ hash: 'sha-256', setup: 'active', value }],
      webSockets: [],
    };
    const contents = offer.contents.map((content) => ({
      ...content,
      creator: 'responder' as const,
      ...(content.description && {
        description: { ...content.description, sources: { sources: [], groups: [] } },
      }),
      transport,
    }));
    const { sid, bundle } = offer;
    const answer = encodeJingle({ action: 'session-accept', sid, contents, bundle });
    const { error } = await this.ask('set', `${room}/focus`, answer);
    if (error !== undefined) throw new Error(`the focus refused the answer: ${error.condition}`);
  }

  async stop(): Promise<void> {
    await this.entity.stop().catch(() => undefined);
  }
}
