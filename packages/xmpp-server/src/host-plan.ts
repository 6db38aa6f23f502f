/** A host as it is planned: who logs in there, who may reach it, and what it does. */
import type { ForeignAccountsConfig } from './accounts/authentication.js';
import type { ConfiguredModule } from './host/module-set.js';

export interface HostPlan {
  readonly name: string;
  /** What clients log in with; `none`: a component. */
  readonly accounts: 'internal_hashed' | 'anonymous' | 'none' | ForeignAccountsConfig;
  /** The domains whose clients may send anything here; those not named may not. */
  readonly accessibleFrom: 'anyone' | readonly string[];
  /** Other servers may reach it, and it them, where the server federates. */
  readonly federated?: true;
  /** It also answers at addresses of tenants, `<first label>.<tenant>.<the rest>`. */
  readonly tenants?: true;
  /** Its clients are the service's own. */
  readonly trusted: boolean;
  readonly modules: readonly ConfiguredModule[];
  /** Hosts that service discovery leads to from here. */
  readonly items: readonly string[];
}
