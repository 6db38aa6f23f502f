/** Federation as the operator wants it at the moment: off, or on with its listeners and its allow list; it changes while the server runs. */
import type { StanzaError } from '@conclave/signaling';
import { stanzaError } from '@conclave/signaling';
import type { StanzaEvent } from '../host/host.js';
import { AddressCap } from '../listeners/address-cap.js';
import { TcpListener } from '../listeners/tcp-listener.js';
import type { Certificate } from '../listeners/tls-context.js';
import type { RemoteServers } from '../routing/to-remote.js';
import { streamError, type StreamError } from '../stream/stream-error.js';
import { Federation, type FederationOptions } from './federation.js';
import type { S2sConfig } from './s2s-config.js';

/** The ports that other servers connect to; undefined: there is none. */
export interface S2sPorts {
  readonly s2s: number | undefined;
  readonly s2sDirectTls: number | undefined;
}

interface Listeners {
  readonly starttls: TcpListener;
  readonly directTls: TcpListener | undefined;
}

type State =
  | { readonly name: 'off' }
  | {
      readonly name: 'on';
      readonly config: S2sConfig;
      readonly federation: Federation;
      readonly cap: AddressCap;
      readonly listeners: Listeners;
    };

export class LiveFederation implements RemoteServers {
  readonly #options: Omit<FederationOptions, 'config'>;
  /** What may still have connections. */
  #parts: (TcpListener | Federation)[] = [];
  #certificate: Certificate;
  #state: State = { name: 'off' };

  constructor(options: Omit<FederationOptions, 'config'>) {
    this.#options = options;
    this.#certificate = options.certificate;
  }

  get ports(): S2sPorts {
    const listeners = this.#state.name === 'on' ? this.#state.listeners : undefined;
    return { s2s: listeners?.starttls.port, s2sDirectTls: listeners?.directTls?.port };
  }

  send(event: StanzaEvent): StanzaError | undefined {
    if (this.#state.name === 'off') return stanzaError('remote-server-not-found');
    return this.#state.federation.send(event);
  }

  /** Rejects, with nothing changed, when it cannot be. Streams of other servers stay, unless it is switched off. */
  async replace(config: S2sConfig | undefined): Promise<void> {
    const before = this.#state;
    if (config === undefined) {
      if (before.name === 'on') this.#switchOff(before, streamError('host-gone'));
    } else if (before.name === 'off') {
      const federation = new Federation({ ...this.#options, certificate: this.#certificate, config });
      const cap = new AddressCap(federation.limits.connectionsPerAddress);
      const listeners = await this.#listen(config, federation, cap);
      this.#parts.push(federation);
      this.#state = { name: 'on', config, federation, cap, listeners };
    } else {
      const { federation, cap, listeners } = before;
      const moves = addresses(before.config) !== addresses(config);
      const opened = moves ? await this.#listen(config, federation, cap) : listeners;
      try {
        federation.reconfigure(config);
      } catch (error) {
        if (moves) close(opened);
        throw error;
      }
      if (moves) close(listeners);
      this.#state = { name: 'on', config, federation, cap, listeners: opened };
    }
  }

  replaceCertificate(certificate: Certificate): void {
    this.#certificate = certificate;
    if (this.#state.name === 'on') this.#state.federation.replaceCertificate(certificate);
  }

  get isEmpty(): boolean {
    return this.#parts.every(({ isEmpty }) => isEmpty);
  }

  /** Accepts no more connections, opens none, and ends all streams. */
  end(error: StreamError): void {
    if (this.#state.name === 'on') this.#switchOff(this.#state, error);
  }

  /** Cuts the connections that are still open. */
  destroy(): void {
    for (const part of this.#parts) part.destroy();
  }

  #switchOff({ federation, listeners }: Extract<State, { name: 'on' }>, error: StreamError): void {
    this.#state = { name: 'off' };
    close(listeners);
    federation.end(error);
  }

  async #listen(config: S2sConfig, federation: Federation, cap: AddressCap): Promise<Listeners> {
    const { log } = this.#options;
    const { host, port } = config;
    const starttls = await TcpListener.open({
      host,
      port,
      cap,
      log,
      accept: (socket) => federation.accept(socket),
    });
    let directTls: TcpListener | undefined;
    try {
      const accept: Parameters<typeof TcpListener.open>[0]['accept'] = (socket) =>
        federation.acceptDirectTls(socket);
      directTls = config.directTls && (await TcpListener.open({ ...config.directTls, cap, log, accept }));
    } catch (error) {
      starttls.close();
      throw error;
    }
    this.#parts = this.#parts.filter((part) => part instanceof Federation || !part.isEmpty);
    this.#parts.push(starttls, ...(directTls === undefined ? [] : [directTls]));
    return { starttls, directTls };
  }
}

function addresses({ host, port, directTls }: S2sConfig): string {
  return JSON.stringify([host, port, directTls?.host, directTls?.port]);
}

function close({ starttls, directTls }: Listeners): void {
  starttls.close();
  directTls?.close();
}
