/** Takes each stanza to where its address says (RFC 6120 s.10.5): to one of our hosts, an external component, or a remote server. */
import type { Element } from 'ltx';
import type { Logger } from 'pino';
import {
  attribute,
  splitTenant,
  stanzaError,
  tryParseJid,
  type Jid,
  type StanzaError,
} from '@conclave/signaling';
import type { StanzaEvent } from '../host/host.js';
import type { LocalHost } from '../host/local-host.js';
import type { ClientSession } from '../session/client-session.js';
import type { SessionRegistry } from '../session/session-registry.js';
import { Answering, type AnsweringLimits } from './answer.js';
import { toAccount } from './to-account.js';
import { toComponent, type ExternalComponent } from './to-component.js';
import { toHost } from './to-host.js';
import { toRemote, type RemoteServers } from './to-remote.js';
import { toSession } from './to-session.js';

export class Router {
  readonly #hosts = new Map<string, LocalHost>();
  readonly #components = new Map<string, ExternalComponent>();
  readonly #sessions: SessionRegistry;
  readonly #log: Logger;
  readonly #answering: Answering;
  #remote: RemoteServers | undefined;

  constructor(sessions: SessionRegistry, limits: AnsweringLimits, log: Logger) {
    this.#sessions = sessions;
    this.#log = log;
    this.#answering = new Answering({ deliver: (event) => this.#deliver(event), limits });
  }

  get hosts(): readonly LocalHost[] {
    return [...this.#hosts.values()];
  }

  host(name: string): LocalHost | undefined {
    return this.#hosts.get(name);
  }

  addHost(host: LocalHost): void {
    this.#hosts.set(host.name, host);
  }

  addComponent(component: ExternalComponent): void {
    this.#components.set(component.name, component);
  }

  /** Whether a domain is served here. */
  serves(domain: string): boolean {
    return this.#components.has(domain) || this.#hostAt(domain) !== undefined;
  }

  /** From now on stanzas to other domains go there. */
  federate(remote: RemoteServers): void {
    this.#remote = remote;
  }

  /** Answers a stanza that turned out not to be deliverable. */
  bounce(event: StanzaEvent, error: StanzaError): void {
    this.#answering.bounce(event, error);
  }

  /** A stanza of one of our own hosts, to wherever its `to` says. */
  route(stanza: Element): void {
    const from = tryParseJid(attribute(stanza, 'from'));
    const to = tryParseJid(attribute(stanza, 'to'));
    if (from === undefined || to === undefined) {
      this.#log.error({ stanza: stanza.name }, 'a host sent a stanza without proper addresses');
      return;
    }
    this.#deliver({ stanza, from, to, origin: undefined });
  }

  /**
   * A stanza from outside (a client's, an external component's, another server's), its `from` verified. Hosts that its domain may not reach refuse it.
   */
  admit(stanza: Element, from: Jid, to: Jid, origin: ClientSession | undefined): void {
    const event: StanzaEvent = { stanza, from, to, origin };
    const host = this.#hostAt(to.domain);
    if (host?.admits(from.domain) === false) {
      host.log.debug(
        { from: from.domain, stanza: stanza.name },
        'refused a stanza from a domain without access',
      );
      this.#answering.bounce(event, stanzaError('forbidden'));
      return;
    }
    this.#deliver(event);
  }

  /** The host of a domain: its own, or that of a tenant at it. A component of that very name comes before tenants. */
  #hostAt(domain: string): LocalHost | undefined {
    const own = this.#hosts.get(domain);
    if (own !== undefined || this.#components.has(domain)) return own;
    const found = splitTenant(domain);
    const host = found && this.#hosts.get(found.host);
    return host?.tenants === true ? host : undefined;
  }

  /** What goes wrong with one stanza is that stanza's end, and nobody else's. */
  #deliver(event: StanzaEvent): void {
    try {
      this.#dispatch(event);
    } catch (error) {
      this.#log.error({ err: error, stanza: event.stanza.name, to: event.to.domain }, 'a stanza failed');
      if (event.origin !== undefined) this.#answering.bounce(event, stanzaError('internal-server-error'));
    }
  }

  #dispatch(event: StanzaEvent): void {
    const { stanza, from, to } = event;
    const host = this.#hostAt(to.domain);
    if (host === undefined) {
      const component = this.#components.get(to.domain);
      if (component === undefined) {
        toRemote(event, this.#remote, this.#answering);
        return;
      }
      toComponent(event, component, this.#answering);
      return;
    }
    if (stanza.name === 'iq') {
      const type = attribute(stanza, 'type');
      if ((type === 'result' || type === 'error') && host.requests.answer(stanza, from, to)) return;
    }
    if (host.hooks.emit('stanza', event) !== undefined) return;
    if (host.kind === 'component' || to.local === undefined) {
      toHost(event, host, this.#answering);
      return;
    }
    const sessions = this.#sessions.ofAccount(to);
    if (to.isBare) {
      toAccount(event, host, sessions, this.#answering);
      return;
    }
    toSession(event, host, sessions, this.#answering);
  }
}
