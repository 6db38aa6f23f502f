/** Says in the presence of the focus which media nobody else may begin to send, because as many send as may. */
import type { ConferenceCore, ConferencePart } from './part.js';
import { exhaustedMedia } from './senders.js';
import { MEDIA_TYPES } from './source-set.js';
import type { SenderThresholds } from './start-muted.js';

export class SenderLimits implements ConferencePart {
  readonly #core: ConferenceCore;
  readonly #thresholds: SenderThresholds;

  constructor(core: ConferenceCore, thresholds: SenderThresholds) {
    this.#core = core;
    this.#thresholds = thresholds;
  }

  memberJoined(): void {
    this.#count();
  }

  memberChanged(): void {
    this.#count();
  }

  memberLeft(): void {
    this.#count();
  }

  #count(): void {
    const { members, presence } = this.#core;
    const exhausted = exhaustedMedia(members.values(), this.#thresholds);
    for (const media of MEDIA_TYPES) {
      const key = `${media}-limit-reached`;
      if (exhausted.has(media) || presence.has(key)) presence.setProperty(key, String(exhausted.has(media)));
    }
  }
}
