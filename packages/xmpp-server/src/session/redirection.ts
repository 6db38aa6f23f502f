/**
 * Where the clients of a host are sent instead (RFC 6120 s.4.9.3.19, RFC 7395 s.3.6, XEP-0124 s.17.2). They are told only where nobody on
 * the way can have said so, and are never sent to where they would be less protected.
 */
import { z } from 'zod';

const hostAndPort = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?$/;

export const redirectionSchema = z.strictObject({
  /** Host name or address, and port if it is not the usual one, for clients over TCP. They begin with TLS there as they did here. */
  host: z.string().regex(hostAndPort, 'must be a host name or address, with or without a port').optional(),
  /** For clients over WebSocket. */
  webSocket: z.url({ protocol: /^wss$/, error: 'must be a wss:// URL' }).optional(),
  /** For clients over BOSH. */
  bosh: z.url({ protocol: /^https$/, error: 'must be an https:// URL' }).optional(),
  /** `always`: whoever comes, before they log in. `stopping`: those who are there when the server stops. */
  when: z.enum(['always', 'stopping']).default('stopping'),
});

export type Redirection = z.output<typeof redirectionSchema>;

/** By the host's name. */
export type Redirections = Readonly<Record<string, Redirection>>;
