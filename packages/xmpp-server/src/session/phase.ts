/** How far a client's stream has come (RFC 6120 s.4.3): the only way from one phase to the next is `advance`. */

export type Phase = 'connecting' | 'secured' | 'authenticated' | 'bound' | 'closed';

export type PhaseEvent = 'secured' | 'authenticated' | 'bound' | 'resumed' | 'closed';

const next: Readonly<Record<Phase, Partial<Readonly<Record<PhaseEvent, Phase>>>>> = {
  connecting: { secured: 'secured', closed: 'closed' },
  secured: { authenticated: 'authenticated', closed: 'closed' },
  authenticated: { bound: 'bound', resumed: 'bound', closed: 'closed' },
  bound: { closed: 'closed' },
  closed: { closed: 'closed' },
};

/** Throws when the event cannot happen in the phase: that is a bug. */
export function advance(phase: Phase, event: PhaseEvent): Phase {
  const to = next[phase][event];
  if (to === undefined) throw new Error(`a stream that is ${phase} cannot become ${event}`);
  return to;
}
