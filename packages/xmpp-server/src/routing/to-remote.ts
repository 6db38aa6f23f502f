/** Stanzas to domains that are not ours (RFC 6120 s.10.4). This server does not federate: there is no way to them. */
import { stanzaError } from '@conclave/signaling';
import type { StanzaEvent } from '../host/host.js';
import type { Answering } from './answer.js';

export function toRemote(event: StanzaEvent, answering: Answering): void {
  answering.bounce(event, stanzaError('remote-server-not-found'));
}
