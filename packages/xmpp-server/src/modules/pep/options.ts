/** What one account may have published, and what it may cost to tell of it. */
import { z } from 'zod';
import { pacingOptions } from '../pubsub/pacing.js';

export const pepOptions = z.strictObject({
  /** Nodes of an account, and items of a node. */
  maxNodes: z.int().positive().default(64),
  maxItems: z.int().positive().default(256),
  /** Characters of a payload, and of everything that an account has published. */
  maxPayload: z
    .int()
    .positive()
    .default(128 * 1024),
  maxTotal: z
    .int()
    .positive()
    .default(1024 * 1024),
  /** Explicit subscriptions to a node, and affiliations of it. */
  maxSubscriptions: z.int().positive().default(500),
  maxAffiliations: z.int().positive().default(500),
  ...pacingOptions,
  /** Clients of one contact at another domain, and of all of them, whose interests are remembered. */
  foreignClientsPerContact: z.int().positive().default(16),
  foreignClients: z.int().positive().default(50_000),
  /** Accounts whose nodes are kept in memory. */
  cached: z.int().positive().default(256),
});
