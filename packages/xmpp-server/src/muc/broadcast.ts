/** A stanza for many receivers: its text is made once, when it is first needed. */
import type { Element } from '@conclave/signaling';
import type { SerializedStanza } from '../session/client-session.js';
import { serializeStanza } from '../stream/serialize.js';

export class Broadcast {
  #serialized: SerializedStanza | undefined;

  /** @param stanza a presence or message without `to`. */
  constructor(readonly stanza: Element) {}

  get serialized(): SerializedStanza {
    return (this.#serialized ??= serializeStanza(this.stanza));
  }
}
