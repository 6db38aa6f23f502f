import { describe, expect, it } from 'vitest';
import {
  approvable,
  inbound,
  meaning,
  outbound,
  subscriptionStates as states,
  type SubscriptionAction,
  type SubscriptionState,
} from './subscription.js';

/** RFC 6121 appendix A, transcribed in its own order of states: the state that follows, `!` when the stanza goes no further. */
const columns = ['none', 'none+out', 'none+in', 'none+out+in', 'to', 'to+in', 'from', 'from+out', 'both'];
const appendix: Record<'outbound' | 'inbound', Record<SubscriptionAction, string>> = {
  outbound: {
    subscribe: 'none+out | none+out | none+out+in | none+out+in | to | to+in | from+out | from+out | both',
    unsubscribe: 'none | none | none+in | none+in | none | none+in | from | from | from',
    subscribed: '!none | !none+out | from | from+out | !to | both | !from | !from+out | !both',
    unsubscribed: '!none | !none+out | none | none+out | !to | to | none | none+out | to',
  },
  inbound: {
    subscribe: 'none+in | none+out+in | !none+in | !none+out+in | to+in | !to+in | !from | !from+out | !both',
    unsubscribe: '!none | !none+out | none | none+out | !to | to | none | none+out | to',
    subscribed: '!none | to | !none+in | to+in | !to | !to+in | !from | both | !both',
    unsubscribed: '!none | none | !none+in | none+in | none | none+in | !from | from | from',
  },
};

describe('the subscription tables', () => {
  for (const [direction, table] of Object.entries({ outbound, inbound }) as [
    'outbound' | 'inbound',
    typeof inbound,
  ][]) {
    for (const [action, row] of Object.entries(appendix[direction]) as [SubscriptionAction, string][]) {
      const cells = row.split(' | ');
      it.each(columns.map((state, i) => [state as SubscriptionState, cells[i] ?? '']))(
        `${direction} ${action} in %s leads to %s`,
        (state, cell) => {
          expect(table[action][state]).toEqual({ pass: !cell.startsWith('!'), next: cell.replace('!', '') });
        },
      );
    }
  }
});

describe('the two sides of a relation', () => {
  /** What the contact's server must hold when the user's holds a state, all stanzas having arrived. */
  function mirror(state: SubscriptionState): SubscriptionState {
    const { sees, isSeen, asks, isAsked } = meaning(state);
    const found = states.find((other) => {
      const seen = meaning(other);
      return seen.sees === isSeen && seen.isSeen === sees && seen.asks === isAsked && seen.isAsked === asks;
    });
    if (found === undefined) throw new Error(`nothing mirrors ${state}`);
    return found;
  }

  const actions: SubscriptionAction[] = ['subscribe', 'subscribed', 'unsubscribe', 'unsubscribed'];
  it.each(states.flatMap((state) => actions.map((action) => [state, action] as const)))(
    'stay mirrored when in %s the user sends %s',
    (state, action) => {
      const sent = outbound[action][state];
      const contact = mirror(state);
      const received = sent.pass ? inbound[action][contact].next : contact;
      expect(received).toBe(mirror(sent.next));
    },
  );

  it.each(states)('are both told by the name %s', (state) => {
    const { subscription, sees, isSeen, asks, isAsked } = meaning(state);
    const name = [subscription, ...(asks ? ['out'] : []), ...(isAsked ? ['in'] : [])].join('+');
    expect(name).toBe(state);
    expect(sees && asks).toBe(false);
    expect(isSeen && isAsked).toBe(false);
  });
});

it('pre-approves exactly where the contact neither asks nor sees (s.3.4.2)', () => {
  expect(states.filter(approvable)).toEqual(['none', 'none+out', 'to']);
});
