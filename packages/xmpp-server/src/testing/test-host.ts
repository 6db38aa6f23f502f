/** A host that stands alone: what it sends is kept. */
import type { Element } from 'ltx';
import { pino } from 'pino';
import { LocalHost } from '../host/local-host.js';

export function testHost(
  name = 'host.example',
  limits = { pendingRequests: 10, requestTimeout: 10_000 },
): { host: LocalHost; sent: Element[] } {
  const sent: Element[] = [];
  const host = new LocalHost({
    name,
    accounts: undefined,
    accessibleFrom: 'anyone',
    trusted: false,
    limits,
    log: pino({ level: 'silent' }),
    route: (stanza) => void sent.push(stanza),
    pass: ({ stanza }) => void sent.push(stanza),
    sessions: () => [],
  });
  return { host, sent };
}
