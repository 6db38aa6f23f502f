/** How long a peer that is connected has been without a channel for messages: half a minute is too long. */

/** In ms. */
const DELAY = 30_000;

export class ChannelWait {
  /** When it was first seen connected; Infinity: it is settled. */
  #since: number | undefined;

  /** Looks at the peer; true once, when it has waited too long. @param now in ms */
  isOver(
    peer: { readonly connected: boolean; readonly channel: { readonly open: boolean } },
    now: number,
  ): boolean {
    if (this.#since === undefined && peer.connected) this.#since = now;
    if (peer.channel.open) this.#since = Infinity;
    if (now - (this.#since ?? Infinity) < DELAY) return false;
    this.#since = Infinity;
    return true;
  }
}
