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

interface Listening {
  readonly kind: 'starttls' | 'direct';
  readonly host: string;
  /** As it was wanted: 0 for any. */
  readonly port: number;
  readonly listener: TcpListener;
}

type State =
  | { readonly name: 'off' }
  | {
      readonly name: 'on';
      readonly federation: Federation;
      readonly cap: AddressCap;
      readonly listening: readonly Listening[];
    };

export class LiveFederation implements RemoteServers {
  readonly #options: Omit<FederationOptions, 'config'>;
  /** What may still have connections. */
  readonly #parts = new Set<TcpListener | Federation>();
  #certificate: Certificate;
  #state: State = { name: 'off' };

  constructor(options: Omit<FederationOptions, 'config'>) {
    this.#options = options;
    this.#certificate = options.certificate;
  }

  get ports(): S2sPorts {
    const listening = this.#state.name === 'on' ? this.#state.listening : [];
    const port = (wanted: Listening['kind']) => listening.find(({ kind }) => kind === wanted)?.listener.port;
    return { s2s: port('starttls'), s2sDirectTls: port('direct') };
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
      const listening = await this.#listen(config, federation, cap, []);
      this.#parts.add(federation);
      this.#state = { name: 'on', federation, cap, listening };
    } else {
      const { federation, cap } = before;
      const listening = await this.#listen(config, federation, cap, before.listening);
      try {
        federation.reconfigure(config);
      } catch (error) {
        closeOthers(listening, before.listening);
        throw error;
      }
      closeOthers(before.listening, listening);
      this.#state = { name: 'on', federation, cap, listening };
    }
  }

  replaceCertificate(certificate: Certificate): void {
    this.#certificate = certificate;
    if (this.#state.name === 'on') this.#state.federation.replaceCertificate(certificate);
  }

  get isEmpty(): boolean {
    return [...this.#parts].every(({ isEmpty }) => isEmpty);
  }

  /** Accepts no more connections, opens none, and ends all streams. */
  end(error: StreamError): void {
    if (this.#state.name === 'on') this.#switchOff(this.#state, error);
  }

  /** Cuts the connections that are still open. */
  destroy(): void {
    for (const part of this.#parts) part.destroy();
  }

  #switchOff({ federation, listening }: Extract<State, { name: 'on' }>, error: StreamError): void {
    this.#state = { name: 'off' };
    closeOthers(listening, []);
    federation.end(error);
  }

  /** What listens already where it shall is kept. */
  async #listen(
    config: S2sConfig,
    federation: Federation,
    cap: AddressCap,
    before: readonly Listening[],
  ): Promise<readonly Listening[]> {
    const { log } = this.#options;
    const wanted = [
      { kind: 'starttls', host: config.host, port: config.port } as const,
      ...(config.directTls === undefined ? [] : [{ kind: 'direct', ...config.directTls } as const]),
    ];
    const listening: Listening[] = [];
    try {
      for (const { kind, host, port } of wanted) {
        const kept = before.find((each) => each.kind === kind && each.host === host && each.port === port);
        const accept: Parameters<typeof TcpListener.open>[0]['accept'] = (socket) => {
          if (kind === 'direct') federation.acceptDirectTls(socket);
          else federation.accept(socket);
        };
        const listener = kept?.listener ?? (await TcpListener.open({ host, port, cap, log, accept }));
        listening.push({ kind, host, port, listener });
      }
    } catch (error) {
      closeOthers(listening, before);
      throw error;
    }
    for (const { listener } of before) if (listener.isEmpty) this.#parts.delete(listener);
    for (const { listener } of listening) this.#parts.add(listener);
    return listening;
  }
}

/** Closes those that are not among the others. */
function closeOthers(listening: readonly Listening[], others: readonly Listening[]): void {
  const kept = new Set(others.map(({ listener }) => listener));
  for (const { listener } of listening) if (!kept.has(listener)) listener.close();
}
