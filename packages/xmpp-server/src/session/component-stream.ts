/** An external component's stream (XEP-0114): a handshake by shared secret, then stanzas from its domain only. */
import { createHash, randomUUID } from 'node:crypto';
import type { Element } from 'ltx';
import type { Logger } from 'pino';
import { attribute, errorReply, NS, stanzaError, tryParseJid } from '@conclave/signaling';
import { sameSecret } from '../accounts/sasl/scram-keys.js';
import type { ServerLimits } from '../limits.js';
import { isAnswer, malformed } from '../routing/malformed.js';
import type { Router } from '../routing/router.js';
import { unqualifiedXml } from '../stream/serialize.js';
import { streamError, streamErrorXml, type StreamError } from '../stream/stream-error.js';
import type { StreamHeader, Transport, TransportSink } from '../stream/transport.js';
import type { ComponentRegistry } from './component-registry.js';

export interface ComponentServices {
  readonly limits: ServerLimits;
  readonly log: Logger;
  readonly router: Router;
  readonly components: ComponentRegistry;
  readonly streams: Set<{ end(error: StreamError | undefined): void }>;
}

type State =
  | { readonly name: 'opening' }
  | { readonly name: 'handshake'; readonly domain: string; readonly expected: Buffer }
  | { readonly name: 'connected'; readonly domain: string }
  | { readonly name: 'closed' };

export class ComponentStream implements TransportSink {
  readonly #transport: Transport;
  readonly #services: ComponentServices;
  readonly #login: NodeJS.Timeout;
  #state: State = { name: 'opening' };

  constructor(transport: Transport, services: ComponentServices) {
    this.#transport = transport;
    this.#services = services;
    this.#login = setTimeout(() => this.end(streamError('connection-timeout')), services.limits.loginTimeout);
    transport.start(this);
  }

  opened({ to }: StreamHeader): void {
    const domain = tryParseJid(to)?.domain;
    const id = randomUUID();
    this.#transport.openStream({ id, from: domain });
    if (domain === undefined) {
      this.#refuse(streamError('improper-addressing'));
      return;
    }
    const secret = this.#services.components.secretOf(domain);
    if (secret === undefined) {
      this.#refuse(streamError('host-unknown'));
      return;
    }
    const expected = createHash('sha1').update(`${id}${secret}`).digest();
    this.#state = { name: 'handshake', domain, expected };
  }

  element(element: Element): void {
    try {
      if (this.#state.name === 'handshake')
        this.#handshake(element, this.#state.domain, this.#state.expected);
      else if (this.#state.name === 'connected') this.#stanza(element, this.#state.domain);
    } catch (error) {
      this.#services.log.error({ err: error }, 'a stream failed');
      this.end(streamError('internal-server-error'));
    }
  }

  closed(): void {
    this.end(undefined);
  }

  failed(error: StreamError): void {
    if (this.#state.name === 'opening') this.#transport.openStream({ id: randomUUID(), from: undefined });
    this.end(error);
  }

  gone(): void {
    this.#release();
  }

  flushing(): void {
    // Nothing goes along with what is written.
  }

  send(stanza: Element): void {
    this.#transport.write(unqualifiedXml(stanza));
  }

  end(error: StreamError | undefined): void {
    if (this.#state.name === 'closed') return;
    if (error !== undefined) this.#transport.write(streamErrorXml(error));
    this.#release();
    this.#transport.close();
  }

  #refuse(error: StreamError): void {
    this.#services.log.info({ condition: error.condition }, 'refused a component');
    this.end(error);
  }

  #release(): void {
    const state = this.#state;
    this.#state = { name: 'closed' };
    clearTimeout(this.#login);
    this.#services.streams.delete(this);
    if (state.name === 'connected') this.#services.components.disconnected(state.domain, this);
  }

  #handshake(element: Element, domain: string, expected: Buffer): void {
    if (element.name !== 'handshake') {
      this.#refuse(streamError('not-authorized'));
      return;
    }
    const given = Buffer.from(element.getText().trim(), 'hex');
    if (!sameSecret(given, expected)) {
      this.#refuse(streamError('not-authorized'));
      return;
    }
    // The one that is connected stays: whoever comes second is more likely a mistake.
    if (!this.#services.components.connected(domain, this)) {
      this.#refuse(streamError('conflict'));
      return;
    }
    this.#state = { name: 'connected', domain };
    clearTimeout(this.#login);
    this.#transport.admit(this.#services.limits.authenticated, undefined);
    this.#transport.write('<handshake/>');
    this.#services.log.info({ component: domain }, 'component connected');
  }

  #stanza(stanza: Element, domain: string): void {
    if (!['message', 'presence', 'iq'].includes(stanza.name) || attribute(stanza, 'xmlns') !== NS.client) {
      this.end(streamError('unsupported-stanza-type'));
      return;
    }
    const from = tryParseJid(attribute(stanza, 'from'));
    if (from?.domain !== domain) {
      this.end(streamError('invalid-from'));
      return;
    }
    const addressee = attribute(stanza, 'to');
    const to = tryParseJid(addressee);
    const error =
      to === undefined
        ? stanzaError(addressee === undefined ? 'bad-request' : 'jid-malformed')
        : malformed(stanza);
    if (to !== undefined && error === undefined) this.#services.router.admit(stanza, from, to, undefined);
    else if (error !== undefined && !isAnswer(stanza)) this.send(errorReply(stanza, error));
  }
}
