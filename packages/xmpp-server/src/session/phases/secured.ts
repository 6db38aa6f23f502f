/** A stream over which one may log in, in either form of SASL (RFC 6120 s.6, XEP-0388). */
import type { Element } from 'ltx';
import { makeJid, tryParseJid } from '@conclave/signaling';
import type { CertifiedChannel, LoginClaim } from '../../accounts/account-provider.js';
import { hashedTokenMechanisms } from '../../accounts/sasl/hashed-token.js';
import { streamError } from '../../stream/stream-error.js';
import { ClientLogin, type LoginInline } from '../client-login.js';
import { offeredMechanisms } from '../external-login.js';
import { featuresXml, inlineFeaturesXml, limitsFeatureXml } from '../features.js';
import { answerLoginIq } from '../login-iq.js';
import { successXml, type SaslProfile } from '../sasl-profile.js';
import { succeed } from '../sasl2-success.js';
import { Authenticated, type Login } from './authenticated.js';
import { Bound } from './bound.js';
import { Phase } from './phase.js';

export class Secured extends Phase {
  readonly name = 'secured';
  #login: ClientLogin | undefined;
  #claim: LoginClaim | undefined;

  /** Who the client says it is (RFC 6120 s.4.7.1) may make a difference to what it can log in by. */
  override prepare(): Promise<void> | undefined {
    const { claimedFrom, host } = this.stream;
    const from = claimedFrom === undefined ? undefined : tryParseJid(claimedFrom);
    if (from?.local === undefined || from.domain !== host.name) return undefined;
    return host.accounts?.claim?.(from.local)?.then((claim) => {
      this.#claim = claim;
    });
  }

  features(): string {
    const { host, transport, services } = this.stream;
    return featuresXml({
      phase: 'secured',
      mechanisms: offeredMechanisms(host, this.#channel),
      bindings: [...transport.bindings.keys()],
      inline: this.#inlineFeatures(),
      more: host.loginFeatures.xml() + limitsFeatureXml(transport, services.limits.unauthenticated),
    });
  }

  stanza(stanza: Element): Promise<void> {
    return answerLoginIq(this.stream, this, stanza);
  }

  override async authenticate(element: Element, profile: SaslProfile): Promise<void> {
    const { stream } = this;
    const { host } = stream;
    this.#login ??= this.#newLogin();
    const step = await this.#login.handle(element, profile);
    if (!stream.isIn(this)) return;
    switch (step.kind) {
      case 'going-on':
        stream.write(step.reply);
        return;
      case 'failure':
        stream.write(step.reply);
        stream.log.info(
          { host: host.name, mechanism: step.mechanism, condition: step.condition, reason: step.text },
          'authentication failed',
        );
        if (step.final) stream.fail(streamError('policy-violation', 'Too many attempts to log in'));
        return;
      case 'success': {
        const account = makeJid(step.outcome.username, host.name);
        const { data, identity } = step.outcome;
        const login = { account, identity, isCurrent: step.isCurrent };
        if (step.inline === undefined) this.#restart(login, data);
        else await this.#goOn(login, data, step.inline);
      }
    }
  }

  get #channel(): CertifiedChannel {
    const { confidential, bindings, certified } = this.stream.transport;
    return { confidential, bindings, certified, claim: this.#claim };
  }

  #newLogin(): ClientLogin {
    const { host, transport, services } = this.stream;
    return new ClientLogin({
      host,
      context: {
        ...this.#channel,
        parameters: transport.parameters,
        previousUsername: this.#previousUsername(),
        offered: offeredMechanisms(host, this.#channel),
      },
      address: transport.address,
      throttle: services.throttle,
      attempts: services.limits.loginAttempts,
    });
  }

  /** After a login by RFC 6120 s.6.4.6 the client opens the stream anew. */
  #restart(login: Login, data: Buffer | undefined): void {
    const { stream } = this;
    stream.write(successXml(data));
    stream.enter(new Authenticated(stream, login));
    stream.awaitHeader();
    stream.transport.restart();
  }

  /** After a login by XEP-0388 s.2.6 the stream goes on, and what was asked for with the login is done. */
  async #goOn(login: Login, data: Buffer | undefined, { request, token }: LoginInline): Promise<void> {
    const { stream } = this;
    const { host } = stream;
    if (!this.#isAsClaimed(login)) {
      stream.fail(streamError('invalid-from'));
      return;
    }
    const news = request.bind === undefined ? [] : await host.bindFeatures.news(login.account.local ?? '');
    if (!stream.isIn(this)) return;
    const authenticated = new Authenticated(stream, login);
    stream.enter(authenticated);
    if (authenticated.isOvertaken()) return;
    const success = succeed(authenticated.binder(), request, data, token, news);
    if ('error' in success) {
      stream.fail(success.error);
      return;
    }
    stream.write(success.xml);
    const { session } = success;
    const phase = session === undefined ? authenticated : new Bound(stream, session.of, success.managed);
    if (session !== undefined && phase instanceof Bound) authenticated.attach(phase, session.how);
    stream.write(phase.features());
    for (const xml of success.missed) stream.write(xml);
    if (session?.how === 'bound') host.hooks.emit('session-bound', session.of);
  }

  /**
   * Whether the client is who it said to be as it opened the stream (RFC 6120 s.4.9.3.9). Where names are given out nobody can claim
   * one: a guest whose session is over comes back with the name it had, and gets another.
   */
  #isAsClaimed({ account }: Login): boolean {
    const { claimedFrom, host } = this.stream;
    if (claimedFrom === undefined || host.accounts?.namesAreGiven === true) return true;
    return tryParseJid(claimedFrom)?.bare.equals(account) === true;
  }

  /** A guest that names a session it had gets the name it had (the id is a secret). */
  #previousUsername(): string | undefined {
    const { host, transport, services } = this.stream;
    const id = transport.parameters.previousSession;
    const previous = id === undefined ? undefined : services.sessions.ownerOf(id);
    return previous?.anonymous === true && previous.jid.domain === host.name ? previous.jid.local : undefined;
  }

  /** The service's own clients are known by the resource they ask for, which Bind 2 does not let them choose. */
  #inlineFeatures(): string | undefined {
    const { host, transport } = this.stream;
    if (host.trusted) return undefined;
    const tokens = host.tokens === undefined ? [] : hashedTokenMechanisms(transport);
    return inlineFeaturesXml(host.bindFeatures.namespaces, tokens);
  }
}
