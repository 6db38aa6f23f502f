/** A real browser with a fake camera and microphone, and a person in it who uses the page as anybody would. */
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import type { Instance } from './instance.js';

/** Milliseconds that the page may take for one step on a busy machine. */
const patience = 30_000;

/** @param framesPerSecond of the fake cameras: fewer, where many of them share a machine */
export function launchBrowser(framesPerSecond = 20): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--use-fake-ui-for-media-stream',
      `--use-fake-device-for-media-stream=fps=${framesPerSecond}`,
      // Chromium leaves loopback out of ICE, and hides other addresses, unless it is told not to.
      '--allow-loopback-in-peer-connection',
      '--disable-features=WebRtcHideLocalIpsWithMdns',
      '--autoplay-policy=no-user-gesture-required',
      // Nothing but the page itself may speak to anybody.
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
}

/** What one browser receives from the others, as its own statistics tell. */
export interface Reception {
  readonly framesDecoded: number;
  readonly audioPackets: number;
  readonly audioPacketsLost: number;
  /** Sum of the energy of the sound that was played; above zero only for audible sound. */
  readonly audioEnergy: number;
  /** `address:port` of the remote ends that media comes from. */
  readonly remotes: readonly string[];
}

/** What the page must not do, seen from outside it. */
export interface Misconduct {
  readonly foreignRequests: readonly string[];
  readonly violations: readonly string[];
  readonly errors: readonly string[];
}

/** One video that a browser receives. */
export interface Picture {
  /** Name of the source, `<endpoint>-v0`. */
  readonly source: string;
  /** Lines of the frames that were decoded last. */
  readonly height: number;
  readonly framesDecoded: number;
  readonly freezes: number;
  /** `video/VP8` and so on; empty before the first packet. */
  readonly codec: string;
}

interface Probe {
  connections: RTCPeerConnection[];
  channels: RTCDataChannel[];
  bridgeMessages: string[];
  violations: string[];
}

/** Runs in the page before its own scripts: keeps its peer connections and bridge channels, and every breach of its policy. */
function installProbe(): void {
  const probe: Probe = { connections: [], channels: [], bridgeMessages: [], violations: [] };
  Object.assign(globalThis, { conclaveProbe: probe });
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      probe.connections.push(this);
    }
    override createDataChannel(label: string, init?: RTCDataChannelInit): RTCDataChannel {
      const channel = super.createDataChannel(label, init);
      channel.addEventListener('message', ({ data }) => probe.bridgeMessages.push(String(data)));
      probe.channels.push(channel);
      return channel;
    }
  };
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
    probe.violations.push(`${violatedDirective} ${blockedURI}`);
  });
}

/** Runs in the page. */
async function receptionInPage(): Promise<Reception> {
  const { connections } = (globalThis as unknown as { conclaveProbe: Probe }).conclaveProbe;
  const reports = await Promise.all(
    connections.filter((each) => each.connectionState !== 'closed').map((each) => each.getStats()),
  );
  const stats = reports.flatMap((report) => [
    ...(report as unknown as Map<string, Record<string, unknown>>).values(),
  ]);
  const inbound = (kind: string) =>
    stats.filter((each) => each['type'] === 'inbound-rtp' && each['kind'] === kind);
  const sum = (list: Record<string, unknown>[], key: string) =>
    list.reduce((total, each) => total + Number(each[key] ?? 0), 0);
  const pairs = stats.filter(
    (each) => each['type'] === 'candidate-pair' && Number(each['bytesReceived']) > 0,
  );
  return {
    framesDecoded: sum(inbound('video'), 'framesDecoded'),
    audioPackets: sum(inbound('audio'), 'packetsReceived'),
    audioPacketsLost: sum(inbound('audio'), 'packetsLost'),
    audioEnergy: sum(inbound('audio'), 'totalAudioEnergy'),
    remotes: pairs.map((pair) => {
      const remote = stats.find((each) => each['id'] === pair['remoteCandidateId']);
      return `${String(remote?.['address'])}:${String(remote?.['port'])}`;
    }),
  };
}

/** Runs in the page. */
async function picturesInPage(): Promise<Picture[]> {
  const { connections } = (globalThis as unknown as { conclaveProbe: Probe }).conclaveProbe;
  const current = connections.filter((each) => each.connectionState !== 'closed');
  const reports = await Promise.all(current.map((each) => each.getStats()));
  const stats = reports.flatMap((report) => [
    ...(report as unknown as Map<string, Record<string, unknown>>).values(),
  ]);
  const codecs = new Map(
    stats.filter((each) => each['type'] === 'codec').map((each) => [each['id'], each['mimeType'] as string]),
  );
  return stats
    .filter((each) => each['type'] === 'inbound-rtp' && each['kind'] === 'video')
    .map((each) => ({
      source: String(each['trackIdentifier']),
      height: Number(each['frameHeight'] ?? 0),
      framesDecoded: Number(each['framesDecoded'] ?? 0),
      freezes: Number(each['freezeCount'] ?? 0),
      codec: codecs.get(each['codecId']) ?? '',
    }));
}

export class Person {
  private readonly foreignRequests: string[] = [];
  private readonly errors: string[] = [];

  private constructor(
    readonly name: string,
    url: string,
    private readonly context: BrowserContext,
    readonly page: Page,
  ) {
    const own = new URL(url).host;
    const watch = (url: string) => {
      const { protocol, host } = new URL(url);
      if (!['data:', 'blob:'].includes(protocol) && host !== own) this.foreignRequests.push(url);
    };
    context.on('request', (request) => watch(request.url()));
    page.on('websocket', (socket) => watch(socket.url()));
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) this.errors.push(message.text());
    });
  }

  /** Somebody with a browser profile of their own. */
  static async arrive(browser: Browser, instance: Instance, name: string): Promise<Person> {
    const context = await browser.newContext({ locale: 'en', baseURL: instance.url });
    context.setDefaultTimeout(patience);
    await context.addInitScript(installProbe);
    return new Person(name, instance.url, context, await context.newPage());
  }

  heading(name: string | RegExp): Locator {
    return this.page.getByRole('heading', { name });
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** Sends the camera in another codec than the installation's `media.videoCodecs`: said where the page looks for it. */
  async prefer(codec: string): Promise<void> {
    await this.page.unroute('**/config.js');
    await this.page.route('**/config.js', async (route) => {
      const response = await route.fetch();
      const body = `${await response.text()}\nconfig.videoQuality = { codecPreferenceOrder: ['${codec}'] };`;
      await route.fulfill({ response, body });
    });
  }

  /** Goes to a room by its link and asks to be let in. */
  async knock(room: string): Promise<void> {
    await this.page.goto(`/${room}`);
    await this.page.getByLabel('Your name').fill(this.name);
    await this.button('Join').click();
  }

  async isWaiting(): Promise<void> {
    await this.heading('Waiting for the host').waitFor();
  }

  async logIn(username: string, password: string): Promise<void> {
    await this.button('I am the host').click();
    await this.page.getByLabel('User name').fill(username);
    await this.page.getByLabel('Password').fill(password);
    await this.button('Log in').click();
  }

  /** Logs in in a room of its own, and leaves it: from then on this browser opens rooms without being asked. */
  async logInOnce(username: string, password: string): Promise<void> {
    const room = `login-${username}`;
    await this.knock(room);
    await this.isWaiting();
    await this.logIn(username, password);
    await this.isIn(room, 1);
    await this.leave();
  }

  /** Is in the meeting, with so many people in all. */
  async isIn(room: string, people: number): Promise<void> {
    await this.heading(room).waitFor();
    await this.page.getByText(people === 1 ? '1 person' : `${people} people`).waitFor();
  }

  async leave(): Promise<void> {
    await this.button('Leave').click();
    await this.heading('You left the meeting').waitFor();
  }

  reception(): Promise<Reception> {
    return this.page.evaluate(receptionInPage);
  }

  /** The videos that are received, as the browser's statistics tell. */
  pictures(): Promise<Picture[]> {
    return this.page.evaluate(picturesInPage);
  }

  /** Says something to the bridge, as the page itself could. */
  async tellBridge(message: object): Promise<void> {
    await this.page.evaluate((text) => {
      const { channels } = (globalThis as unknown as { conclaveProbe: Probe }).conclaveProbe;
      channels.findLast(({ readyState }) => readyState === 'open')?.send(text);
    }, JSON.stringify(message));
  }

  /** What the bridge has said, oldest first. */
  async bridgeMessages(): Promise<Record<string, unknown>[]> {
    const texts = await this.page.evaluate(
      () => (globalThis as unknown as { conclaveProbe: Probe }).conclaveProbe.bridgeMessages,
    );
    return texts.map((text) => JSON.parse(text) as Record<string, unknown>);
  }

  /** How many breaches of accessibility rules the screen has, each with where it is. */
  async accessibilityProblems(): Promise<string[]> {
    const { violations } = await new AxeBuilder({ page: this.page }).analyze();
    return violations.map(
      ({ id, help, nodes }) => `${id}: ${help} (${nodes.map((node) => node.html).join(' ')})`,
    );
  }

  async misconduct(): Promise<Misconduct> {
    const violations = await this.page.evaluate(
      () => (globalThis as unknown as { conclaveProbe: Probe }).conclaveProbe.violations,
    );
    return { foreignRequests: this.foreignRequests, violations, errors: this.errors };
  }

  /** Closes the browser profile without leaving first, as people do. */
  async vanish(): Promise<void> {
    await this.context.close();
  }
}
