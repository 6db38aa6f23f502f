/** What an account wants archived (XEP-0441): everything, what its contacts and it say, or nothing; with exceptions. */
import {
  attribute,
  el,
  isStanzaError,
  stanzaError,
  tryParseJid,
  type Element,
  type Jid,
  type StanzaError,
} from '@conclave/signaling';
import { z } from 'zod';
import { archiveNamespace } from './query.js';

export const archivePolicy = z.enum(['always', 'roster', 'never']);

/** JIDs, bare or full. */
export const storedPreferences = z.object({
  default: archivePolicy,
  always: z.array(z.string()),
  never: z.array(z.string()),
});
export type Preferences = z.output<typeof storedPreferences>;

export function encodePreferences({ default: policy, always, never }: Preferences): Element {
  const list = (name: string, jids: readonly string[]): Element =>
    el(
      name,
      {},
      jids.map((jid) => el('jid', {}, jid)),
    );
  return el(
    'prefs',
    { xmlns: archiveNamespace, default: policy },
    list('always', always),
    list('never', never),
  );
}

export function decodePreferences(prefs: Element, maxJids: number): Preferences | StanzaError {
  const policy = archivePolicy.safeParse(attribute(prefs, 'default'));
  const always = jidsOf(prefs.getChild('always'));
  const never = jidsOf(prefs.getChild('never'));
  if (!policy.success) return stanzaError('bad-request', 'default is always, roster or never');
  if (isStanzaError(always)) return always;
  if (isStanzaError(never)) return never;
  if (always.length + never.length > maxJids) return stanzaError('resource-constraint');
  return { default: policy.data, always, never };
}

/** @param isContact asked only where the answer matters */
export function wants(
  { default: policy, always, never }: Preferences,
  peer: Jid,
  isContact: () => boolean,
): boolean {
  const names = [peer.toString(), peer.bare.toString()];
  if (names.some((name) => never.includes(name))) return false;
  if (names.some((name) => always.includes(name))) return true;
  return policy === 'always' || (policy === 'roster' && isContact());
}

function jidsOf(list: Element | undefined): string[] | StanzaError {
  const jids = (list?.getChildren('jid') ?? []).map((jid) => tryParseJid(jid.getText()));
  const known = jids.filter((jid) => jid !== undefined).map(String);
  return known.length < jids.length ? stanzaError('jid-malformed') : [...new Set(known)];
}
