/** Events on their way to an operator's service by HTTP: one after the other, in the order in which they happened; what cannot be delivered in a few attempts is given up. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';

interface DeliveryOptions {
  /** `/events/…` is put behind it. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly timeout: number;
  /** Attempts after the first, and milliseconds between them. */
  readonly retries: number;
  readonly retryDelay: number;
  /** Events that wait; more are dropped. */
  readonly queue: number;
}

interface Waiting {
  readonly name: string;
  readonly body: string;
}

export class EventDelivery {
  readonly #abort = new AbortController();
  readonly #queue: Waiting[] = [];
  #delivering = false;

  constructor(
    private readonly options: DeliveryOptions,
    private readonly log: Logger,
  ) {}

  /** @param name the end of the path */
  say(name: string, payload: object): void {
    if (this.#queue.length >= this.options.queue) {
      this.log.warn({ event: name }, 'a meeting event is dropped: too many wait');
      return;
    }
    this.#queue.push({ name, body: JSON.stringify(payload) });
    if (this.#delivering) return;
    this.#delivering = true;
    this.#deliverAll()
      .catch((error: unknown) =>
        this.log.error({ err: error }, 'meeting events are not delivered as they should'),
      )
      .finally(() => {
        this.#delivering = false;
      });
  }

  stop(): void {
    this.#queue.length = 0;
    this.#abort.abort();
  }

  async #deliverAll(): Promise<void> {
    const { retries, retryDelay } = this.options;
    for (let event = this.#queue.shift(); event !== undefined; event = this.#queue.shift()) {
      for (let attempt = 0; !(await this.#post(event)) && attempt < retries; attempt += 1)
        await sleep(retryDelay);
    }
  }

  /** @returns whether it was taken, or never will be */
  async #post({ name, body }: Waiting): Promise<boolean> {
    const { url, headers, timeout } = this.options;
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(timeout)]);
    try {
      const response = await fetch(`${url.replace(/\/$/, '')}/events/${name}`, {
        method: 'POST',
        body,
        signal,
        redirect: 'error',
        headers: { ...headers, 'content-type': 'application/json' },
      });
      await response.body?.cancel();
      if (!response.ok)
        this.log.warn({ event: name, status: response.status }, 'a meeting event was not taken');
      return response.status < 500;
    } catch (error) {
      if (!this.#abort.signal.aborted)
        this.log.warn({ err: error, event: name }, 'a meeting event could not be delivered');
      return this.#abort.signal.aborted;
    }
  }
}
