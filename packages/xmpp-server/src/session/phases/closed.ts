/** A stream that is over: whatever was on its way is dropped. */
import { Phase } from './phase.js';

export class Closed extends Phase {
  readonly name = 'closed';

  features(): string {
    return '';
  }

  stanza(): void {
    // Nobody is there to be answered.
  }
}
