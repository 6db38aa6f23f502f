/**
 * The further videobridges of a machine, a process each: the media path of one runs on one core. Each is a bridge of its own
 * among the bridges, with its own ports. One that dies is started again; all stop with the process that started them.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { Config } from '../config/schema.js';
import { forwardUpgrades, type UpgradeHandler } from '../http/upgrades.js';
import type { XmppAddress } from './focus.js';

const program = fileURLToPath(new URL('../../bin/conclave.mjs', import.meta.url));

/** How often a bridge shows that its loop turns, in ms; one that has been silent for some time is stuck. */
export const heartbeat = 2000;
const silence = 15_000;

/** Before a process that has died is started again, in ms: the first time, and at most. */
const pause = { first: 1000, most: 30_000 };
/** Who has run for so long (ms) has not died at once. */
const ran = 60_000;

export class BridgeProcesses {
  readonly #bridges: readonly BridgeProcess[];

  /** Starts `count` bridges beside the one whose settings `config` has. */
  constructor(count: number, config: Config, xmpp: XmppAddress, log: Logger) {
    this.#bridges = Array.from({ length: count }, (_, index) => {
      const { internalHttp } = config.media;
      const next = (base: number) => nextPort(base, index + 1);
      return new BridgeProcess(
        {
          CONCLAVE_XMPP_HOST: xmpp.host,
          CONCLAVE_C2S_PORT: String(xmpp.port),
          CONCLAVE_DATA: config.data,
          ...mediaPorts(config.media, index + 1),
          CONCLAVE_BRIDGE_HTTP_PORT: String(next(internalHttp.port)),
          CONCLAVE_BRIDGE_PROCESSES: '1',
        },
        forwardUpgrades(`http://${loopback(internalHttp.address)}:${next(internalHttp.port)}`, log),
        log,
      );
    });
  }

  /** Passes on a WebSocket below `/colibri-ws/` that is for one of them; false: it is not. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const [, , name] = (request.url ?? '').split('/');
    const bridge = this.#bridges.find((each) => each.name === name);
    bridge?.forward(request, socket, head);
    return bridge !== undefined;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#bridges.map((bridge) => bridge.stop()));
  }
}

/** 0 stays: any free one. */
const nextPort = (base: number, nth: number): number => (base === 0 ? 0 : base + nth);

/** Where the `nth` further bridge takes media, and is reached from outside: the next ports each, also where a NAT has others. */
export function mediaPorts(
  { port: first, advertisedAddresses }: Pick<Config['media'], 'port' | 'advertisedAddresses'>,
  nth: number,
): Record<string, string> {
  const advertised = advertisedAddresses.map((address) =>
    address.replace(/(?<=#)\d+$/, (port) => String(nextPort(Number(port), nth))),
  );
  return {
    CONCLAVE_MEDIA_PORT: String(nextPort(first, nth)),
    CONCLAVE_ADVERTISED_ADDRESSES: advertised.join(),
  };
}

/** Where this machine reaches what listens there. */
const loopback = (address: string): string =>
  address === 'any' ? '127.0.0.1' : address.includes(':') ? `[${address}]` : address;

class BridgeProcess {
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #pause = pause.first;
  #stopped = false;
  /** Another one each time: the focus shall not take a new process for the one that died. */
  name = '';

  constructor(
    private readonly environment: Readonly<Record<string, string>>,
    readonly forward: UpgradeHandler,
    private readonly log: Logger,
  ) {
    this.#start();
  }

  #start(): void {
    const started = Date.now();
    this.name = `jvb-${randomBytes(4).toString('hex')}`;
    const child = fork(program, ['videobridge'], {
      env: { ...process.env, ...this.environment, CONCLAVE_BRIDGE_NAME: this.name },
      execArgv: [],
    });
    this.#child = child;
    this.log.info({ bridge: this.name, pid: child.pid }, 'bridge process started');
    // Until it has begun it has nothing to say, which takes its time on a busy machine.
    let heard = started + silence;
    child.on('message', () => (heard = Date.now()));
    const watch = setInterval(() => {
      if (Date.now() - heard <= silence) return;
      this.log.error({ bridge: this.name, pid: child.pid }, 'bridge process is stuck');
      child.kill('SIGKILL');
    }, heartbeat);
    child.once('error', (error) =>
      this.log.error({ err: error, bridge: this.name }, 'bridge process not started'),
    );
    child.once('exit', (code, signal) => {
      clearInterval(watch);
      if (this.#stopped) return;
      if (Date.now() - started > ran) this.#pause = pause.first;
      this.log.error({ bridge: this.name, code, signal, again: this.#pause }, 'bridge process ended');
      this.#timer = setTimeout(() => this.#start(), this.#pause);
      this.#pause = Math.min(2 * this.#pause, pause.most);
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  }
}
