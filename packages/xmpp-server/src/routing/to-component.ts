/** Stanzas to an external component (XEP-0114). */
import type { Element } from 'ltx';
import { stanzaError } from '@conclave/signaling';
import type { StanzaEvent } from '../host/host.js';
import type { Answering } from './answer.js';

export interface ExternalComponent {
  readonly name: string;
  /** @returns false when it is not connected */
  send(stanza: Element): boolean;
}

export function toComponent(event: StanzaEvent, component: ExternalComponent, answering: Answering): void {
  if (!component.send(event.stanza)) answering.bounce(event, stanzaError('remote-server-timeout'));
}
