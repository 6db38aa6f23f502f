/** A connection to log in over, for tests that need no connection. */
import type { LoginContext } from '../accounts/account-provider.js';
import { noParameters } from '../stream/connection-parameters.js';
import { noBindings } from '../stream/transport.js';

/** Nobody can read along, and nothing else is known. */
export const loginContext: LoginContext = {
  confidential: true,
  bindings: noBindings,
  certified: [],
  parameters: noParameters,
  previousUsername: undefined,
  offered: ['SCRAM-SHA-256', 'PLAIN'],
};
