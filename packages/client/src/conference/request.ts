/**
 * Asking the focus for the conference before its room may be entered (Jitsi's conference request), until it is ready. In a
 * secure domain the focus opens no room for a guest before a host is there; the guest keeps asking.
 */
import {
  type Element,
  NS,
  SignalingError,
  decodeConferenceResponse,
  el,
  encodeConferenceRequest,
} from '@conclave/signaling';
import { backOff, between, delay, isAborted } from '../timing.js';
import type { IqAnswer, XmppConnection } from '../xmpp/connection.js';
import type { Identity } from './identity.js';

export interface ConferenceTarget {
  /** Bare JID of the room. */
  readonly room: string;
  /** JID of the focus component. */
  readonly focus: string;
}

export interface GrantedConference {
  readonly kind: 'ready';
  /** Bare JID under which the focus is in the room. */
  readonly focusJid: string | undefined;
  readonly sessionId: string | undefined;
  readonly identity: string | undefined;
  /** The visitor node from which we may look on: the room itself does not let us in. */
  readonly node: string | undefined;
}

export type RequestOutcome =
  | GrantedConference
  /** Ask again a little later. */
  | { readonly kind: 'not-ready' }
  | { readonly kind: 'host-missing' }
  /** The authentication session is over, or not ours. */
  | { readonly kind: 'session-invalid' }
  /** Nobody answers for the focus: it is starting, or it is gone. */
  | { readonly kind: 'focus-absent' }
  | { readonly kind: 'refused'; readonly text?: string };

const absent: readonly string[] = [
  'item-not-found',
  'recipient-unavailable',
  'remote-server-not-found',
  'remote-server-timeout',
  'service-unavailable',
];

function readAnswer(answer: IqAnswer): RequestOutcome {
  if (answer.kind === 'timeout') return { kind: 'focus-absent' };
  if (answer.kind === 'error') {
    const { condition, text, application } = answer.error;
    if (condition === 'not-authorized') return { kind: 'host-missing' };
    if (condition === 'not-acceptable') return { kind: 'session-invalid' };
    // A refusal by policy brings its own condition along and is not to be repeated.
    if (absent.includes(condition) && application === undefined) return { kind: 'focus-absent' };
    return { kind: 'refused', text: text ?? condition };
  }
  const conference = answer.iq.getChild('conference', NS.focus);
  try {
    if (conference === undefined) throw new SignalingError('no conference in the answer');
    const { ready, focusJid, sessionId, identity, vnode: node } = decodeConferenceResponse(conference);
    return ready ? { kind: 'ready', focusJid, sessionId, identity, node } : { kind: 'not-ready' };
  } catch (error) {
    if (!(error instanceof SignalingError)) throw error;
    return { kind: 'refused', text: error.message };
  }
}

/** What a request says of who asks. */
export type RequestProperties = Readonly<Record<string, string>>;

/** Asks once. `sessionId`: the authentication session of an earlier login. */
export async function requestConference(
  connection: XmppConnection,
  target: ConferenceTarget,
  machineUid: string,
  sessionId: string | undefined,
  properties: RequestProperties = {},
): Promise<RequestOutcome> {
  const request: Element = encodeConferenceRequest({
    room: target.room,
    machineUid,
    ...(sessionId !== undefined && { sessionId }),
    properties,
  });
  return readAnswer(await connection.request(el('iq', { type: 'set', to: target.focus }, request)));
}

export interface RequestLoop {
  readonly connection: XmppConnection;
  readonly target: ConferenceTarget;
  readonly identity: Identity;
  readonly properties: RequestProperties;
  /** Told each time that the focus wants a host first. */
  readonly onHostMissing: () => void;
  /** Told that the authentication session is over. */
  readonly onSessionInvalid: () => void;
  /** Aborts when there is reason to ask at once, e.g. after a login. Called anew for each request. */
  readonly wake: () => AbortSignal;
  readonly signal: AbortSignal;
  readonly random: () => number;
}

/** How often in a row the focus may be absent or find our session invalid. */
const maxFailures = 6;

/** Asks until the conference is ready or refused for good; undefined when `signal` aborted. */
export async function obtainConference(
  loop: RequestLoop,
): Promise<GrantedConference | { readonly kind: 'refused'; readonly text?: string } | undefined> {
  let failures = 0;
  let unready = 0;
  while (!isAborted(loop.signal)) {
    // Taken before asking: a login that succeeds meanwhile is not slept over.
    const woken = AbortSignal.any([loop.signal, loop.wake()]);
    const outcome = await requestConference(
      loop.connection,
      loop.target,
      loop.identity.machineUid,
      loop.identity.sessionId,
      loop.properties,
    );
    if (isAborted(loop.signal)) break;
    let wait = 0;
    switch (outcome.kind) {
      case 'ready':
        if (outcome.sessionId !== undefined) loop.identity.sessionId = outcome.sessionId;
        return outcome;
      case 'refused':
        return outcome;
      case 'host-missing':
        failures = 0;
        loop.onHostMissing();
        wait = between(3000, 5000, loop.random());
        break;
      case 'not-ready':
        wait = backOff(unready++, 1000, 30_000, loop.random());
        break;
      case 'session-invalid':
        loop.identity.sessionId = undefined;
        loop.onSessionInvalid();
        if (++failures > maxFailures) return { kind: 'refused', text: 'session-invalid' };
        wait = failures === 1 ? 0 : backOff(failures, 1000, 30_000, loop.random());
        break;
      case 'focus-absent':
        if (++failures > maxFailures) return { kind: 'refused', text: 'focus-absent' };
        wait = backOff(failures, 1000, 15_000, loop.random());
    }
    await delay(wait, woken);
  }
  return undefined;
}
