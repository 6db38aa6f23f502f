/** SASL on a stream (RFC 6120 s.6): elements to and from the exchange that a mechanism runs, with a cap and a delay on failures. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Element } from 'ltx';
import { attribute, NS } from '@conclave/signaling';
import type { AccountProvider, LoginContext } from '../accounts/account-provider.js';
import type { SaslExchange, SaslFailureCondition, SaslOutcome } from '../accounts/sasl/exchange.js';
import type { LoginThrottle } from './login-throttle.js';

export interface SaslNegotiationOptions {
  readonly host: string;
  readonly accounts: AccountProvider;
  readonly context: LoginContext;
  readonly address: string;
  readonly throttle: LoginThrottle;
  readonly attempts: number;
}

export type SaslResult =
  | { readonly kind: 'going-on'; readonly reply: string }
  | { readonly kind: 'success'; readonly reply: string; readonly username: string }
  | {
      readonly kind: 'failure';
      readonly reply: string;
      readonly condition: SaslFailureCondition;
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

  /** Handles `<auth/>`, `<response/>` or `<abort/>`. */
  async handle(element: Element): Promise<SaslResult> {
    switch (element.name) {
      case 'auth': {
        if (this.#options.throttle.refuses(this.#options.address))
          return this.#failure('temporary-auth-failure');
        const mechanism = attribute(element, 'mechanism') ?? '';
        const refusal = this.#refusal(mechanism);
        if (refusal !== undefined) return this.#failure(refusal);
        this.#exchange = this.#options.accounts.authenticate(mechanism, this.#options.context);
        return this.#next(element, 'initial');
      }
      case 'response':
        return this.#next(element, 'response');
      case 'abort':
        return this.#failure('aborted');
      default:
        return this.#failure('malformed-request');
    }
  }

  #refusal(mechanism: string): SaslFailureCondition | undefined {
    const { accounts, context } = this.#options;
    if (accounts.mechanisms(context).includes(mechanism)) return undefined;
    return accounts.mechanisms({ ...context, confidential: true }).includes(mechanism)
      ? 'encryption-required'
      : 'invalid-mechanism';
  }

  async #next(element: Element, kind: 'initial' | 'response'): Promise<SaslResult> {
    const exchange = this.#exchange;
    if (exchange === undefined) return this.#failure('not-authorized');
    const text = element.getText().trim();
    const message = decode(text);
    if (message === undefined) return this.#failure('incorrect-encoding');
    // No text is no initial response; in a response it is an empty one, as `=` is in <auth/> (RFC 6120 s.6.4.2).
    const outcome = await exchange.next(kind === 'initial' && text === '' ? undefined : message);
    return this.#conclude(outcome);
  }

  async #conclude(outcome: SaslOutcome): Promise<SaslResult> {
    if (outcome.kind === 'challenge') {
      return { kind: 'going-on', reply: saslXml('challenge', outcome.data) };
    }
    this.#exchange = undefined;
    const { throttle, address, host } = this.#options;
    const account = outcome.username === undefined ? undefined : `${outcome.username}@${host}`;
    if (outcome.kind === 'failure' && outcome.condition === 'not-authorized') {
      throttle.failed(address);
      if (account !== undefined) throttle.failed(account);
    }
    // Success is held back as failure is, or the delay would tell them apart.
    const delay = Math.max(throttle.delay(address), account === undefined ? 0 : throttle.delay(account));
    if (delay > 0) await sleep(delay, undefined, { ref: false });
    if (outcome.kind === 'failure') return this.#failure(outcome.condition);
    return { kind: 'success', reply: saslXml('success', outcome.data), username: outcome.username };
  }

  #failure(condition: SaslFailureCondition): SaslResult {
    this.#exchange = undefined;
    this.#failures++;
    const element = new Element('failure', { xmlns: NS.sasl });
    element.c(condition);
    const final = this.#failures >= this.#options.attempts;
    return { kind: 'failure', reply: element.toString(), condition, final };
  }
}

/** Base64 as RFC 4648 s.4 has it, without anything between; `=` alone is nothing. */
function decode(text: string): Buffer | undefined {
  if (text === '=') return Buffer.alloc(0);
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}

function saslXml(name: string, data: Buffer | undefined): string {
  const element = new Element(name, { xmlns: NS.sasl });
  if (data !== undefined && data.length > 0) element.t(data.toString('base64'));
  return element.toString();
}
