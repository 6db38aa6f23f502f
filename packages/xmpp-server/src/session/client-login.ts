/** A client's attempts to log in, in either form of SASL, with whatever it asks for in the same step (RFC 6120 s.6, XEP-0388). */
import type { Element } from 'ltx';
import type { LoginContext } from '../accounts/account-provider.js';
import type { IssuedToken } from '../accounts/fast-tokens.js';
import { externalMechanism } from '../accounts/sasl/external.js';
import type { SaslFailureCondition } from '../accounts/sasl/exchange.js';
import type { LocalHost } from '../host/local-host.js';
import { ExternalLogin } from './external-login.js';
import { FastLogin } from './fast-login.js';
import { readLoginRequest, type LoginRequest } from './login-request.js';
import { SaslNegotiation, type Authenticator, type SaslSuccess } from './sasl-negotiation.js';
import { sasl2Profile, type SaslProfile } from './sasl-profile.js';
import type { LoginThrottle } from './login-throttle.js';

export interface ClientLoginOptions {
  readonly host: LocalHost;
  readonly context: LoginContext;
  readonly address: string;
  readonly throttle: LoginThrottle;
  readonly attempts: number;
}

/** What a client asked for together with its login, and the token it gets. */
export interface LoginInline {
  readonly request: LoginRequest;
  readonly token: IssuedToken | undefined;
}

export type LoginStep =
  | { readonly kind: 'going-on'; readonly reply: string }
  | {
      readonly kind: 'failure';
      readonly reply: string;
      readonly condition: SaslFailureCondition;
      /** What the client chose last, if anything, cut to a length that a mechanism's name may have. */
      readonly mechanism: string | undefined;
      readonly text: string | undefined;
      readonly final: boolean;
    }
  | {
      readonly kind: 'success';
      readonly outcome: SaslSuccess;
      /** Whether what the client has logged in by is still good: the answer changes with the password. */
      readonly isCurrent: () => boolean;
      /** What SASL2 does in the same step; undefined: the login is not by SASL2. */
      readonly inline: LoginInline | undefined;
    };

/** An exchange under way: in which form, and in SASL2 what came with it. */
interface Attempt {
  readonly profile: SaslProfile;
  readonly mechanism: string;
  readonly request: LoginRequest | undefined;
  readonly fast: FastLogin | undefined;
  /** When it began. */
  readonly mark: number;
}

export class ClientLogin {
  readonly #options: ClientLoginOptions;
  readonly #external: ExternalLogin;
  readonly #negotiation: SaslNegotiation;
  #attempt: Attempt | undefined;

  constructor(options: ClientLoginOptions) {
    this.#options = options;
    this.#external = new ExternalLogin(options.host);
    const { name, accounts } = options.host;
    const isDisabled = (username: string): boolean => accounts?.disabled?.(username) !== undefined;
    this.#negotiation = new SaslNegotiation({ ...options, host: name, isDisabled });
  }

  /** @param element of the profile's namespace */
  async handle(element: Element, profile: SaslProfile): Promise<LoginStep> {
    const { host, context } = this.#options;
    const asked = profile.read(element);
    if (asked?.kind === 'begin') this.#attempt = begin(element, profile, asked.mechanism, host);
    const attempt = this.#attempt;
    // An exchange goes on in the form in which it was begun.
    const request = attempt === undefined || attempt.profile === profile ? asked : undefined;
    const ways: readonly (Authenticator | undefined)[] = [this.#external, host.accounts, attempt?.fast];
    const authenticators = ways.filter((each) => each !== undefined);
    const step = await this.#negotiation.handle(request, authenticators);
    switch (step.kind) {
      case 'challenge':
        return { kind: 'going-on', reply: profile.challenge(step.data) };
      case 'failure': {
        const { condition, text, final } = step;
        const mechanism = attempt?.mechanism;
        return {
          kind: 'failure',
          reply: profile.failure(condition, text),
          condition,
          mechanism,
          text,
          final,
        };
      }
      case 'success': {
        const { username } = step;
        const isCurrent = (): boolean => !host.credentialChanges.hasChanged(username, attempt?.mark ?? 0);
        const success = { kind: 'success', outcome: step, isCurrent } as const;
        if (attempt?.request === undefined) return { ...success, inline: undefined };
        const token = await attempt.fast?.issue(username, context, isCurrent);
        return { ...success, inline: { request: attempt.request, token } };
      }
    }
  }
}

/** RFC 4422 s.3.1. */
const longestMechanismName = 20;

function begin(element: Element, profile: SaslProfile, asked: string, host: LocalHost): Attempt {
  const { tokens, credentialChanges } = host;
  const { mark } = credentialChanges;
  const mechanism = asked.slice(0, longestMechanismName);
  if (profile !== sasl2Profile) return { profile, mechanism, request: undefined, fast: undefined, mark };
  const request = readLoginRequest(element);
  // A token would outlive the certificate that it was got by.
  const fast = asked === externalMechanism ? undefined : tokens && new FastLogin(tokens, request);
  return { profile, mechanism, request, fast, mark };
}
