/** Where the server of a domain is: DNS SRV records (RFC 6120 s.3.2, RFC 2782, XEP-0368), or else the domain itself. */
import { resolveSrv } from 'node:dns/promises';
import type { SrvRecord } from 'node:dns';
import { domainToASCII } from 'node:url';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** Whether TLS comes before anything else. */
  readonly directTls?: boolean;
}

/** The endpoints to try, best first; none: the domain has no such service. Rejects when it cannot be found out. */
export type Resolver = (domain: string) => Promise<readonly Endpoint[]>;

type SrvLookup = (name: string) => Promise<readonly SrvRecord[]>;

interface Candidate extends SrvRecord {
  readonly directTls: boolean;
}

const fallbackPort = 5269;
const maxEndpoints = 8;

export function dnsResolver(lookup: SrvLookup = resolveSrv, random: () => number = Math.random): Resolver {
  return async (domain) => {
    const host = domainToASCII(domain);
    if (host === '') return [];
    const records = async (service: string, directTls: boolean): Promise<Candidate[]> => {
      const found = await lookup(`${service}._tcp.${host}`).catch((error: unknown) => {
        if (isAbsence(error)) return [];
        throw error;
      });
      return found.map((record) => ({ ...record, directTls }));
    };
    // Both kinds are one set, as if they stood under one name (XEP-0368 s.3). What only adds to it must not take away from it.
    const [direct, usual] = await Promise.all([
      records('_xmpps-server', true)
        .catch(() => [])
        .then((found) => found.filter(isService)),
      records('_xmpp-server', false),
    ]);
    if (direct.length + usual.length === 0) return [{ host, port: fallbackPort }];
    return inOrder([...direct, ...usual], random)
      .filter(isService)
      .slice(0, maxEndpoints)
      .map(({ name, port, directTls }) => ({ host: name, port, ...(directTls ? { directTls } : {}) }));
  };
}

/** A record can also say that there is none (RFC 2782). */
function isService({ name }: SrvRecord): boolean {
  return name !== '' && name !== '.';
}

function isAbsence(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'ENOTFOUND' || code === 'ENODATA';
}

/** By priority; within one, drawn by weight, where a weight of 0 still has a small chance. */
function inOrder(records: readonly Candidate[], random: () => number): Candidate[] {
  const left = records.toSorted((a, b) => a.priority - b.priority);
  const ordered: Candidate[] = [];
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
