/**
 * The operator's reservation service (Jitsi's reservation API, handbook `devops-guide/reservation`): is asked over HTTP whether a conference may
 * be opened now, says until when, and with which password, lobby and number of people.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { z } from 'zod';
import { answerText } from '../answer-text.js';

export const reservationServiceOptions = {
  /** `/conference` is put behind it. */
  url: z.url({ protocol: /^https?$/ }),
  /** Of each request, e.g. `Authorization`. */
  headers: z.record(z.string(), z.string()).default({}),
  /** Milliseconds that one request may take, and all about one conference together. */
  timeout: z.int().positive().default(10_000),
  deadline: z.int().positive().default(20_000),
  /** Attempts after the first, and milliseconds between them; what takes too long is not tried again. */
  retries: z.int().nonnegative().default(3),
  retryDelay: z.int().nonnegative().default(1000),
};

type ReservationServiceOptions = z.output<z.ZodObject<typeof reservationServiceOptions>>;

/** What a booking wants of the room. What of it makes no sense is as if it were not said. */
const wishes = {
  password: z
    .string()
    .regex(/^[^\p{Cc}]{1,256}$/u)
    .optional()
    .catch(undefined),
  lobby: z.boolean().optional().catch(undefined),
  max_occupants: z.coerce.number().int().positive().optional().catch(undefined),
};

const booking = z.object({
  id: z.union([z.string().min(1).max(256), z.int()]).transform(String),
  name: z.string(),
  mail_owner: z.string().nullish().catch(undefined),
  start_time: z.string(),
  /** Seconds. */
  duration: z.coerce.number().positive(),
  ...wishes,
});

export interface Reservation {
  readonly id: string;
  /** Milliseconds of the epoch. */
  readonly endsAt: number;
  /** As the service calls its owner. */
  readonly owner: string | undefined;
  readonly password: string | undefined;
  readonly lobby: boolean;
  readonly maxOccupants: number | undefined;
}

/** Why there is none: the status of the service, or 500 (no answer, or nonsense), 409 (a conflict with nothing), 419 (over). */
export interface Denial {
  readonly code: number;
  readonly message: string;
}

export type Verdict = { readonly reservation: Reservation } | { readonly denial: Denial };

const conflict = z.object({ conflict_id: z.union([z.string().min(1).max(256), z.int()]).transform(String) });
const explanation = z.object({ message: z.string().max(1000) });

const longestAnswer = 65_536;
const unavailable: Denial = { code: 500, message: 'The reservation service is not available' };

export class ReservationService {
  readonly #abort = new AbortController();

  constructor(
    private readonly options: ReservationServiceOptions,
    private readonly now: () => number,
    private readonly log: Logger,
  ) {}

  /** Books a conference that is to begin now. @param asker bare JID of who opens it */
  async book(name: string, asker: string | undefined): Promise<Verdict> {
    const overall = AbortSignal.timeout(this.options.deadline);
    const body = new URLSearchParams({ name, start_time: new Date(this.now()).toISOString() });
    if (asker !== undefined) body.set('mail_owner', asker);
    try {
      const made = await this.#request('POST', '', overall, body);
      if (made.status !== 409) return this.#verdict(name, made);
      const found = conflict.safeParse(made.json);
      if (!found.success) return { denial: { code: 409, message: 'The conference is booked otherwise' } };
      const path = `/${encodeURIComponent(found.data.conflict_id)}`;
      return this.#verdict(name, await this.#request('GET', path, overall));
    } catch (error) {
      this.log.warn({ err: error, room: name }, 'the reservation service could not be asked');
      return { denial: unavailable };
    }
  }

  /** Says that a conference is over. */
  async release({ id }: Reservation): Promise<void> {
    try {
      const { status } = await this.#request('DELETE', `/${encodeURIComponent(id)}`, undefined);
      // It may have gone on its own.
      if (status >= 400 && status !== 404) throw new Error(`the service answers ${status}`);
    } catch (error) {
      if (!this.#abort.signal.aborted) this.log.warn({ err: error, id }, 'a reservation was not given back');
    }
  }

  stop(): void {
    this.#abort.abort();
  }

  /** @returns a status other than one of a failing service; rejects when there is none */
  async #request(
    method: string,
    path: string,
    overall: AbortSignal | undefined,
    body?: URLSearchParams,
  ): Promise<{ readonly status: number; readonly json: unknown }> {
    const { url, headers, timeout, retries, retryDelay } = this.options;
    const waiting = AbortSignal.any([this.#abort.signal, ...(overall === undefined ? [] : [overall])]);
    const address = `${url.replace(/\/$/, '')}/conference${path}`;
    for (let left = retries; ; left -= 1) {
      const signal = AbortSignal.any([waiting, AbortSignal.timeout(timeout)]);
      try {
        const init = { method, headers, signal, redirect: 'error' as const };
        const response = await fetch(address, body === undefined ? init : { ...init, body });
        const text = await answerText(response, longestAnswer);
        if (response.status < 500) return { status: response.status, json: parsed(text) };
        if (left === 0) throw new Error(`the service answers ${response.status}`);
      } catch (error) {
        if (left === 0 || signal.aborted) throw error;
      }
      await sleep(retryDelay, undefined, { signal: waiting });
    }
  }

  #verdict(name: string, { status, json }: { readonly status: number; readonly json: unknown }): Verdict {
    if (status !== 200 && status !== 201) {
      const said = explanation.safeParse(json);
      const message = said.success ? said.data.message : 'The conference is not booked';
      return { denial: { code: status, message } };
    }
    const { data } = booking.safeParse(json);
    const start = Date.parse(data?.start_time ?? '');
    if (data === undefined || Number.isNaN(start) || data.name.toLowerCase() !== name.toLowerCase()) {
      this.log.warn({ room: name }, 'the reservation service sent no reservation of that conference');
      return { denial: unavailable };
    }
    const endsAt = start + data.duration * 1000;
    if (endsAt <= this.now()) return { denial: { code: 419, message: 'The time of the conference is over' } };
    return {
      reservation: {
        id: data.id,
        endsAt,
        owner: data.mail_owner ?? undefined,
        password: data.password,
        lobby: data.lobby === true,
        maxOccupants: data.max_occupants,
      },
    };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
