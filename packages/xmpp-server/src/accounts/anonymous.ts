/** Guests without accounts: ANONYMOUS (RFC 4505). Each gets a name of its own that nobody can choose. */
import { randomUUID } from 'node:crypto';
import type { AccountProvider, LoginContext } from './account-provider.js';
import type { SaslExchange } from './sasl/exchange.js';

export class AnonymousAccounts implements AccountProvider {
  readonly kind = 'anonymous';
  readonly namesAreGiven = true;

  mechanisms(): readonly string[] {
    return ['ANONYMOUS'];
  }

  /** A guest is there as long as its sessions are, and has no account beside them. */
  exists(): Promise<boolean> {
    return Promise.resolve(false);
  }

  authenticate(mechanism: string, { previousUsername }: LoginContext): SaslExchange | undefined {
    if (mechanism !== 'ANONYMOUS') return undefined;
    // Eight lower-case hex digits come first in a UUID: clients take their nickname in the conference from them.
    return { next: () => ({ kind: 'success', username: previousUsername ?? randomUUID() }) };
  }
}
