/** Whom a server-to-server stream speaks for: one domain of ours and one remote domain. Nothing is authorised but such pairs (RFC 6120 s.13.14). */

export interface DomainPair {
  readonly ours: string;
  readonly remote: string;
}

/** Equal for equal pairs: no domain name contains a space. */
export function pairKey({ ours, remote }: DomainPair): string {
  return `${ours} ${remote}`;
}
