/** Stanzas to domains that are not ours (RFC 6120 s.10.4). Without federation there is no way to them. */
import { stanzaError, type StanzaError } from '@conclave/signaling';
import type { StanzaEvent } from '../host/host.js';
import type { Answering } from './answer.js';

export interface RemoteServers {
  /** Takes a stanza to send, now or as soon as possible. @returns why it does not */
  send(event: StanzaEvent): StanzaError | undefined;
}

export function toRemote(event: StanzaEvent, servers: RemoteServers | undefined, answering: Answering): void {
  const error = servers === undefined ? stanzaError('remote-server-not-found') : servers.send(event);
  if (error !== undefined) answering.bounce(event, error);
}
