/** The way in, once there is an XMPP session: the focus opens the conference, then the room lets us in. */
import type { StanzaError } from '@conclave/signaling';
import { between, delay, isAborted } from '../timing.js';
import { type GrantedConference, type RequestLoop, obtainConference } from './request.js';
import type { JoinOutcome } from './room.js';
import type { ConferenceError } from './status.js';

export interface EntryOptions extends RequestLoop {
  /** At a visitor node the focus is not asked: it was, and sent us there. */
  readonly atNode: boolean;
  /** The focus opened the conference: from now on its JID is known. */
  readonly onGranted: (granted: GrantedConference) => void;
  /** Tries to enter the room. */
  readonly join: (password: string | undefined) => Promise<JoinOutcome>;
  /** Our nickname is taken. */
  readonly onNicknameTaken: () => void;
  /** Resolves with the password that the user gives; undefined when called off. */
  readonly askPassword: (wrong: boolean, signal: AbortSignal) => Promise<string | undefined>;
  /** The password that let us in last time. */
  readonly password: string | undefined;
}

export type EntryOutcome =
  | { readonly kind: 'entered'; readonly password: string | undefined }
  /** The focus sends us to a visitor node. */
  | { readonly kind: 'redirected'; readonly node: string }
  /** The node has no room for the conference (any more): ask the focus anew. */
  | { readonly kind: 'node-gone' }
  | { readonly kind: 'failed'; readonly error: ConferenceError }
  | { readonly kind: 'aborted' };

/** How often the room may be gone between the focus's word and our coming. */
const maxRounds = 4;

function refusal({ condition, text }: StanzaError): ConferenceError {
  const code = (
    {
      'service-unavailable': 'room-full',
      'resource-constraint': 'room-full',
      'registration-required': 'members-only',
      forbidden: 'banned',
    } as const
  )[condition as string];
  return { code: code ?? 'join-refused', text: text ?? condition };
}

export async function enter(options: EntryOptions): Promise<EntryOutcome> {
  const { signal } = options;
  let { password } = options;
  let asked = false;
  for (let round = 0; !isAborted(signal); round += 1) {
    if (!options.atNode) {
      const granted = await obtainConference(options);
      if (granted === undefined) return { kind: 'aborted' };
      if (granted.kind === 'refused') {
        return {
          kind: 'failed',
          error: { code: 'conference-refused', ...(granted.text && { text: granted.text }) },
        };
      }
      options.onGranted(granted);
      if (granted.node !== undefined) return { kind: 'redirected', node: granted.node };
    }
    const outcome = await options.join(password);
    if (isAborted(signal)) break;
    if (outcome.kind === 'joined') return { kind: 'entered', password };
    if (outcome.kind === 'refused' && outcome.error.condition === 'not-authorized') {
      password = await options.askPassword(asked && password !== undefined, signal);
      if (password === undefined) return { kind: 'aborted' };
      asked = true;
      round = 0;
      continue;
    }
    // Nobody may create the room but the focus: it ended just before we came, or the answer was lost.
    const again =
      outcome.kind === 'timeout' ||
      ['not-allowed', 'item-not-found', 'conflict'].includes(outcome.error.condition);
    if (options.atNode && again && outcome.kind === 'refused' && outcome.error.condition !== 'conflict') {
      return { kind: 'node-gone' };
    }
    if (!again || round + 1 >= maxRounds) {
      const error: ConferenceError =
        outcome.kind === 'timeout' ? { code: 'join-refused' } : refusal(outcome.error);
      return { kind: 'failed', error };
    }
    if (outcome.kind === 'refused' && outcome.error.condition === 'conflict') options.onNicknameTaken();
    await delay(between(500, 3000, options.random()), signal);
  }
  return { kind: 'aborted' };
}
