/**
 * Asks our own domain for its STUN and TURN servers (XEP-0215): as soon as there is an XMPP session, and again before their
 * credentials expire, so that whoever connects media has them without waiting. Where the domain has none there are none:
 * nobody else's servers ever take their place.
 */
import { NS, attribute, el } from '@conclave/signaling';
import { type Log, silent } from '../log.js';
import { delay, isAborted } from '../timing.js';
import type { XmppConnection } from './connection.js';
import { type IceServers, readIceServers } from './ice-servers.js';

/** Milliseconds that media waits for the answer after a login, and no longer. */
const patience = 3000;
/** Milliseconds between two questions at least: answers get lost, and the clock of this machine may be wrong. */
const shortestPause = 60_000;
/** The longest that a timer takes. */
const longestPause = 2 ** 31 - 1;
/** The part of their lifetime after which credentials are renewed. */
const renewal = 0.8;

const none: IceServers = { servers: [], expires: undefined };

export class ExternalServices {
  private servers: readonly RTCIceServer[] = [];
  private session = new AbortController();
  private answered: Promise<void> = Promise.resolve();

  /** @param domain whose services they are */
  constructor(
    private readonly connection: XmppConnection,
    private readonly domain: string,
    private readonly log: Log = silent,
  ) {}

  /** There is a new XMPP session: asks, until it is stopped. */
  start(): void {
    this.stop();
    this.session = new AbortController();
    const { signal } = this.session;
    const answer = new Promise<void>((resolve) => void this.keepAsking(resolve, signal));
    this.answered = Promise.race([answer, delay(patience, signal)]);
  }

  stop(): void {
    this.session.abort();
  }

  /** The servers to connect media with now. Waits for the first answer of a session, but not for long; never rejects. */
  async current(): Promise<readonly RTCIceServer[]> {
    await this.answered;
    return this.servers;
  }

  private async keepAsking(answered: () => void, signal: AbortSignal): Promise<void> {
    while (!isAborted(signal)) {
      const answer = await this.ask();
      if (isAborted(signal)) return;
      let pause = shortestPause;
      if (answer !== 'silence') {
        this.servers = answer.servers;
        answered();
        this.log.debug('ICE servers', { urls: answer.servers.map(({ urls }) => urls) });
        if (answer.expires === undefined) return;
        pause = Math.max(shortestPause, (answer.expires - Date.now()) * renewal);
      }
      await delay(Math.min(pause, longestPause), signal);
    }
  }

  /** A domain that does not announce services, or refuses to tell them, has none for us. */
  private async ask(): Promise<IceServers | 'silence'> {
    const info = await this.get('query', NS.discoInfo);
    if (info.kind === 'timeout') return 'silence';
    const features =
      info.kind === 'result' ? (info.iq.getChild('query', NS.discoInfo)?.getChildren('feature') ?? []) : [];
    if (!features.some((feature) => attribute(feature, 'var') === NS.externalServices)) return none;
    const answer = await this.get('services', NS.externalServices);
    if (answer.kind === 'timeout') return 'silence';
    const services = answer.kind === 'result' && answer.iq.getChild('services', NS.externalServices);
    return services ? readIceServers(services) : none;
  }

  private get(name: string, xmlns: string) {
    return this.connection.request(el('iq', { type: 'get', to: this.domain }, el(name, { xmlns })));
  }
}
