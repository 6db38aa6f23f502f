/** A stream that is not protected yet: STARTTLS is all there is (RFC 6120 s.5). */
import type { Element } from 'ltx';
import { featuresXml } from '../features.js';
import { answerLoginIq } from '../login-iq.js';
import type { SaslProfile } from '../sasl-profile.js';
import { Phase } from './phase.js';

export class Connecting extends Phase {
  readonly name = 'connecting';

  features(): string {
    return featuresXml({ phase: 'connecting', startTls: this.stream.transport.canStartTls });
  }

  stanza(stanza: Element): Promise<void> {
    return answerLoginIq(this.stream, this, stanza);
  }

  override authenticate(_element: Element, profile: SaslProfile): void {
    this.stream.write(profile.failure('encryption-required', undefined));
  }
}
