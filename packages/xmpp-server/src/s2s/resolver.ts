/** Where the server of a domain is: DNS SRV records, or else the domain itself (RFC 6120 s.3.2, RFC 2782). */
import { resolveSrv } from 'node:dns/promises';
import type { SrvRecord } from 'node:dns';
import { domainToASCII } from 'node:url';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** The endpoints to try, best first; none: the domain has no such service. Rejects when it cannot be found out. */
export type Resolver = (domain: string) => Promise<readonly Endpoint[]>;

type SrvLookup = (name: string) => Promise<readonly SrvRecord[]>;

const fallbackPort = 5269;
const maxEndpoints = 8;

export function dnsResolver(lookup: SrvLookup = resolveSrv, random: () => number = Math.random): Resolver {
  return async (domain) => {
    const host = domainToASCII(domain);
    if (host === '') return [];
    const records = await lookup(`_xmpp-server._tcp.${host}`).catch((error: unknown) => {
      if (isAbsence(error)) return [];
      throw error;
    });
    if (records.length === 0) return [{ host, port: fallbackPort }];
    return inOrder(records, random)
      .filter(({ name }) => name !== '' && name !== '.')
      .slice(0, maxEndpoints)
      .map(({ name, port }) => ({ host: name, port }));
  };
}

function isAbsence(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'ENOTFOUND' || code === 'ENODATA';
}

/** By priority; within one, drawn by weight, where a weight of 0 still has a small chance. */
function inOrder(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  const left = records.toSorted((a, b) => a.priority - b.priority);
  const ordered: SrvRecord[] = [];
  while (left.length > 0) {
    const candidates = left.filter(({ priority }) => priority === left[0]?.priority);
    const total = candidates.reduce((sum, { weight }) => sum + weight + 1, 0);
    let draw = random() * total;
    const chosen = candidates.find(({ weight }) => (draw -= weight + 1) < 0) ?? candidates[0];
    if (chosen === undefined) break;
    left.splice(left.indexOf(chosen), 1);
    ordered.push(chosen);
  }
  return ordered;
}
