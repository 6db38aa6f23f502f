/**
 * How fast one person may make a room speak. What one occupant says is sent to all, so that a room multiplies a flood by its
 * size; the rates of connections do not know that. Administrators of the service are exempt.
 */
import { type Jid, type StanzaError, stanzaError } from '@conclave/signaling';
import type { Muc } from '../context.js';
import { admissionPriority } from '../events.js';

/** Before other handlers spend work on what is too much. */
const early = 100;
/** Persons remembered before those who have long been quiet are forgotten. */
const sweepAt = 1024;

interface Allowance {
  left: number;
  /** Milliseconds of the epoch. */
  at: number;
}

export function pace(muc: Muc): () => void {
  const { perSecond, burst } = muc.options.limits.broadcasts;
  const allowances = new Map<string, Allowance>();
  let sweepSize = sweepAt;

  const refill = (allowance: Allowance): void => {
    const now = muc.now();
    allowance.left = Math.min(burst, allowance.left + (Math.max(0, now - allowance.at) / 1000) * perSecond);
    allowance.at = now;
  };

  const sweep = (): void => {
    for (const [person, allowance] of allowances) {
      refill(allowance);
      if (allowance.left >= burst) allowances.delete(person);
    }
    sweepSize = Math.max(sweepAt, allowances.size * 2);
  };

  const spend = (person: Jid): StanzaError | undefined => {
    if (muc.isAdmin(person)) return undefined;
    if (allowances.size >= sweepSize) sweep();
    const key = person.toString();
    const allowance = allowances.get(key) ?? { left: burst, at: muc.now() };
    allowances.set(key, allowance);
    refill(allowance);
    if (allowance.left < 1) return stanzaError('resource-constraint', 'Too fast');
    allowance.left -= 1;
    return undefined;
  };

  const undo = [
    muc.hooks.on('admission', ({ from }) => spend(from.bare), admissionPriority('rate')),
    muc.hooks.on('presence-changing', ({ occupant }) => spend(occupant.person), early),
    muc.hooks.on('groupchat', ({ occupant }) => spend(occupant.person), early),
  ];
  return () => undo.forEach((each) => each());
}
