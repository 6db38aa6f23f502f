/** Which SSRC belongs to whose source: the truth of all participants together, against which each of them is held. */
import type { LocalSource } from '../swarm/local-source.js';

/** What a receiver may meet of a source: the SSRC that others know, or the one of its retransmissions. */
export interface Known {
  readonly source: LocalSource;
  readonly primary: number;
  readonly isRtx: boolean;
}

/** Ms for which packets of what is not sent any more may still be on their way. */
const LINGERING = 30_000;

export class Directory {
  readonly #known = new Map<number, Known>();

  announce(sources: readonly LocalSource[]): void {
    for (const source of sources) {
      const [primary = 0, rtx] = source.visible;
      this.#known.set(primary, { source, primary, isRtx: false });
      if (rtx !== undefined) this.#known.set(rtx, { source, primary, isRtx: true });
    }
  }

  withdraw(sources: readonly LocalSource[]): void {
    const known = sources.flatMap(({ visible }) =>
      visible.map((ssrc) => [ssrc, this.#known.get(ssrc)] as const),
    );
    const forget = (): void => {
      for (const [ssrc, each] of known) if (this.#known.get(ssrc) === each) this.#known.delete(ssrc);
    };
    setTimeout(forget, LINGERING).unref();
  }

  find(ssrc: number): Known | undefined {
    return this.#known.get(ssrc);
  }
}
