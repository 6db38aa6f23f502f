/** Calls out of a conference (Rayo): a moderator asks the focus, which has one of its gateways make the call. */
import {
  type Dial,
  el,
  type Element,
  encodeDial,
  firstChild,
  ROOM_HEADER,
  type StanzaError,
  stanzaError,
  TRANSCRIBER,
} from '@conclave/signaling';
import type { XmppConnection } from '@conclave/xmpp-connection';
import type { Logger } from 'pino';
import type { Member } from '../conference/member.js';
import type { Gateways } from './gateways.js';

export interface DialContext {
  readonly connection: XmppConnection;
  readonly gateways: Gateways;
  readonly log: Logger;
  /** Bare JID of the room. */
  readonly room: string;
  /** Where the bridges of the conference are. */
  readonly regions: ReadonlySet<string>;
  /** Whether a transcriber is in the room. */
  readonly isTranscribed: boolean;
}

/** Gateways asked at most. */
const ATTEMPTS = 3;

/** Answers a member that wants to call: what the gateway answered, or why there is no call. */
export const answerDial = async (
  member: Member,
  dial: Dial,
  context: DialContext,
): Promise<Element | StanzaError> => {
  const { connection, gateways, log, room, regions } = context;
  if (!member.isModerator) return stanzaError('forbidden', 'only moderators may call');
  if (dial.headers[ROOM_HEADER] !== room) return stanzaError('forbidden', 'a call is into its own room');
  const service = dial.to === TRANSCRIBER ? 'transcription' : 'sip';
  if (service === 'transcription' && context.isTranscribed) {
    return stanzaError('conflict', 'a transcriber is here already');
  }
  const asked = new Set<string>();
  let failure = stanzaError('service-unavailable', 'there is no gateway');
  while (asked.size < ATTEMPTS) {
    const gateway = gateways.select(service, regions, asked);
    if (gateway === undefined) break;
    asked.add(gateway);
    const outcome = await connection.request(el('iq', { type: 'set', to: gateway }, encodeDial(dial)));
    const reference = outcome.kind === 'result' ? firstChild(outcome.stanza) : undefined;
    if (reference) return reference;
    log.warn({ gateway, outcome: outcome.kind }, 'gateway did not call');
    failure =
      outcome.kind === 'timeout'
        ? stanzaError('remote-server-timeout', 'the gateway does not answer')
        : stanzaError('undefined-condition', 'the gateway refused');
  }
  return failure;
};
