/** SASL on a stream (RFC 6120 s.6): messages to and from the exchange that a mechanism runs, with a cap and a delay on failures. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CertifiedChannel, LoginContext } from '../accounts/account-provider.js';
import type { SaslExchange, SaslFailureCondition, SaslOutcome } from '../accounts/sasl/exchange.js';
import type { LoginThrottle } from './login-throttle.js';
import type { SaslRequest } from './sasl-profile.js';

/** What can be logged in by: the accounts of a host, or tokens that stand for them. */
export interface Authenticator {
  mechanisms(channel: CertifiedChannel): readonly string[];
  authenticate(mechanism: string, context: LoginContext): SaslExchange | undefined;
}

export interface SaslNegotiationOptions {
  readonly host: string;
  readonly context: LoginContext;
  readonly address: string;
  readonly throttle: LoginThrottle;
  readonly attempts: number;
  /** Whether nobody may log in to an account, whatever they know. */
  readonly isDisabled: (username: string) => boolean;
}

export type SaslSuccess = SaslOutcome & { readonly kind: 'success' };

export type SaslStep =
  | { readonly kind: 'challenge'; readonly data: Buffer }
  | SaslSuccess
  | {
      readonly kind: 'failure';
      readonly condition: SaslFailureCondition;
      readonly text: string | undefined;
      /** Whether the client may not try again on this stream. */
      readonly final: boolean;
    };

export class SaslNegotiation {
  readonly #options: SaslNegotiationOptions;
  #exchange: SaslExchange | undefined;
  #failures = 0;

  constructor(options: SaslNegotiationOptions) {
    this.#options = options;
  }

  /** @param authenticators what the client may choose from now */
  async handle(
    request: SaslRequest | undefined,
    authenticators: readonly Authenticator[],
  ): Promise<SaslStep> {
    switch (request?.kind) {
      case 'begin':
        return this.#begin(request.mechanism, request.message, authenticators);
      case 'response':
        return this.#next(request.message);
      case 'abort':
        return this.#failure('aborted');
      case undefined:
        return this.#failure('malformed-request');
    }
  }

  async #begin(
    mechanism: string,
    message: string | undefined,
    authenticators: readonly Authenticator[],
  ): Promise<SaslStep> {
    const { throttle, address, context } = this.#options;
    this.#exchange = undefined;
    if (throttle.refuses(address)) return this.#failure('temporary-auth-failure');
    const offeredOn = (channel: CertifiedChannel): Authenticator | undefined =>
      authenticators.find((each) => each.mechanisms(channel).includes(mechanism));
    const authenticator = offeredOn(context);
    if (authenticator === undefined) {
      const elsewhere = offeredOn({ ...context, confidential: true });
      return this.#failure(elsewhere === undefined ? 'invalid-mechanism' : 'encryption-required');
    }
    this.#exchange = authenticator.authenticate(mechanism, context);
    return this.#next(message);
  }

  async #next(text: string | undefined): Promise<SaslStep> {
    const exchange = this.#exchange;
    if (exchange === undefined) return this.#failure('not-authorized');
    const message = text === undefined ? undefined : decode(text);
    if (text !== undefined && message === undefined) return this.#failure('incorrect-encoding');
    return this.#conclude(await exchange.next(message));
  }

  async #conclude(outcome: SaslOutcome): Promise<SaslStep> {
    if (outcome.kind === 'challenge') return outcome;
    this.#exchange = undefined;
    const { throttle, address, host, isDisabled } = this.#options;
    const account = outcome.username === undefined ? undefined : `${outcome.username}@${host}`;
    if (outcome.kind === 'failure' && outcome.condition === 'not-authorized') {
      throttle.failed(address);
      if (account !== undefined) throttle.failed(account);
    }
    // Success is held back as failure is, or the delay would tell them apart.
    const delay = Math.max(throttle.delay(address), account === undefined ? 0 : throttle.delay(account));
    if (delay > 0) await sleep(delay);
    if (outcome.kind === 'failure') return this.#failure(outcome.condition, outcome.text);
    // Told to nobody but those whose account it is.
    return isDisabled(outcome.username) ? this.#failure('account-disabled') : outcome;
  }

  #failure(condition: SaslFailureCondition, text?: string): SaslStep {
    this.#exchange = undefined;
    this.#failures++;
    return { kind: 'failure', condition, text, final: this.#failures >= this.#options.attempts };
  }
}

/** Base64 as RFC 4648 s.4 has it, without anything between; `=` alone is nothing. */
function decode(text: string): Buffer | undefined {
  if (text === '=') return Buffer.alloc(0);
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}
