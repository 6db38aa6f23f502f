/** The subscription states between a user and a contact, and every step between them: RFC 6121 appendix A, as data. */

/**
 * What the user's side knows (A.1). `to`: the user sees the contact's presence; `from`: the contact sees the user's;
 * `out` and `in`: a request that is still open, ours or theirs.
 */
export type SubscriptionState =
  'none' | 'none+out' | 'none+in' | 'none+out+in' | 'to' | 'to+in' | 'from' | 'from+out' | 'both';

export const subscriptionStates: readonly SubscriptionState[] = [
  'none',
  'none+out',
  'none+in',
  'none+out+in',
  'to',
  'to+in',
  'from',
  'from+out',
  'both',
];

/** The presence types that manage subscriptions (RFC 6121 s.3). */
export type SubscriptionAction = 'subscribe' | 'subscribed' | 'unsubscribe' | 'unsubscribed';

interface Step {
  /** Whether the stanza goes on: outbound, to the contact; inbound, to the user's sessions. */
  readonly pass: boolean;
  readonly next: SubscriptionState;
}

type Table = Readonly<Record<SubscriptionAction, Readonly<Record<SubscriptionState, Step>>>>;

function pass(next: SubscriptionState): Step {
  return { pass: true, next };
}

function hold(next: SubscriptionState): Step {
  return { pass: false, next };
}

/** What the user sends (A.2). Notes on pre-approval: `approvable`. */
export const outbound: Table = {
  subscribe: {
    none: pass('none+out'),
    'none+out': pass('none+out'),
    'none+in': pass('none+out+in'),
    'none+out+in': pass('none+out+in'),
    to: pass('to'),
    'to+in': pass('to+in'),
    from: pass('from+out'),
    'from+out': pass('from+out'),
    both: pass('both'),
  },
  unsubscribe: {
    none: pass('none'),
    'none+out': pass('none'),
    'none+in': pass('none+in'),
    'none+out+in': pass('none+in'),
    to: pass('none'),
    'to+in': pass('none+in'),
    from: pass('from'),
    'from+out': pass('from'),
    both: pass('from'),
  },
  subscribed: {
    none: hold('none'),
    'none+out': hold('none+out'),
    'none+in': pass('from'),
    'none+out+in': pass('from+out'),
    to: hold('to'),
    'to+in': pass('both'),
    from: hold('from'),
    'from+out': hold('from+out'),
    both: hold('both'),
  },
  unsubscribed: {
    none: hold('none'),
    'none+out': hold('none+out'),
    'none+in': pass('none'),
    'none+out+in': pass('none+out'),
    to: hold('to'),
    'to+in': pass('to'),
    from: pass('none'),
    'from+out': pass('none+out'),
    both: pass('to'),
  },
};

/** What the contact sends (A.3). */
export const inbound: Table = {
  subscribe: {
    none: pass('none+in'),
    'none+out': pass('none+out+in'),
    'none+in': hold('none+in'),
    'none+out+in': hold('none+out+in'),
    to: pass('to+in'),
    'to+in': hold('to+in'),
    from: hold('from'),
    'from+out': hold('from+out'),
    both: hold('both'),
  },
  unsubscribe: {
    none: hold('none'),
    'none+out': hold('none+out'),
    'none+in': pass('none'),
    'none+out+in': pass('none+out'),
    to: hold('to'),
    'to+in': pass('to'),
    from: pass('none'),
    'from+out': pass('none+out'),
    both: pass('to'),
  },
  subscribed: {
    none: hold('none'),
    'none+out': pass('to'),
    'none+in': hold('none+in'),
    'none+out+in': pass('to+in'),
    to: hold('to'),
    'to+in': hold('to+in'),
    from: hold('from'),
    'from+out': pass('both'),
    both: hold('both'),
  },
  unsubscribed: {
    none: hold('none'),
    'none+out': pass('none'),
    'none+in': hold('none+in'),
    'none+out+in': pass('none+in'),
    to: pass('none'),
    'to+in': pass('none+in'),
    from: hold('from'),
    'from+out': pass('from'),
    both: pass('from'),
  },
};

/** What a state means, read off its name. */
export interface Meaning {
  /** As roster items say it (s.2.1.2.5). */
  readonly subscription: 'none' | 'to' | 'from' | 'both';
  /** The user sees the contact's presence. */
  readonly sees: boolean;
  /** The contact sees the user's presence. */
  readonly isSeen: boolean;
  /** The user has asked, and has no answer yet. */
  readonly asks: boolean;
  /** The contact has asked, and has no answer yet. */
  readonly isAsked: boolean;
}

const meanings = Object.fromEntries(
  subscriptionStates.map((state): [SubscriptionState, Meaning] => {
    const [subscription, ...open] = state.split('+') as [Meaning['subscription'], ...string[]];
    return [
      state,
      {
        subscription,
        sees: subscription === 'to' || subscription === 'both',
        isSeen: subscription === 'from' || subscription === 'both',
        asks: open.includes('out'),
        isAsked: open.includes('in'),
      },
    ];
  }),
) as Readonly<Record<SubscriptionState, Meaning>>;

export function meaning(state: SubscriptionState): Meaning {
  return meanings[state];
}

/** Whether `subscribed`, sent in this state, approves a request that is yet to come (s.3.4). */
export function approvable(state: SubscriptionState): boolean {
  const { isSeen, isAsked } = meanings[state];
  return !isSeen && !isAsked;
}

export function isSubscriptionAction(type: string | undefined): type is SubscriptionAction {
  return type === 'subscribe' || type === 'subscribed' || type === 'unsubscribe' || type === 'unsubscribed';
}
