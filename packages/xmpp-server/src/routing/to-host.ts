/** Stanzas to a host itself, and to whatever addresses a component makes up (RFC 6120 s.10.5.2, s.10.5.3). */
import { attribute, stanzaError } from '@conclave/signaling';
import type { StanzaEvent } from '../host/host.js';
import type { LocalHost } from '../host/local-host.js';
import type { Answering } from './answer.js';

export function toHost(event: StanzaEvent, host: LocalHost, answering: Answering): void {
  switch (event.stanza.name) {
    case 'iq':
      if (event.to.local === undefined && event.to.isBare) {
        answering.iq('host', host, event);
        return;
      }
      if (host.hooks.emit('iq', event) === undefined)
        answering.bounce(event, stanzaError('service-unavailable'));
      return;
    case 'message':
      if (host.hooks.emit('message', event) !== undefined) return;
      if (attribute(event.stanza, 'type') !== 'headline') {
        answering.bounce(event, stanzaError('service-unavailable'));
      }
      return;
    case 'presence':
      host.hooks.emit('presence', event);
      return;
  }
}
