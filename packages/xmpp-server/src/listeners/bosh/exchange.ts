/**
 * One request id of a BOSH session and the answer to it. Its HTTP request may be repeated when a connection broke (XEP-0124 s.14.3):
 * then the same answer goes to whoever still waits for it.
 */
import type { ServerResponse } from 'node:http';
import type { ClientBody } from './body.js';

/** Requests with one id that may wait at once; who repeats more often gives up the oldest. */
const repetitions = 2;

export class Exchange {
  #answer: string | undefined;
  #responses: ServerResponse[] = [];
  /** Runs while the request is held. */
  #wait: NodeJS.Timeout | undefined;

  /** @param changed called when a waiting connection was lost */
  constructor(
    readonly body: ClientBody,
    private readonly contentType: string,
    private readonly changed: () => void,
  ) {}

  get answered(): boolean {
    return this.#answer !== undefined;
  }

  /** Whether anybody waits for the answer. */
  get isAwaited(): boolean {
    return this.#responses.length > 0;
  }

  /** Adds one that waits; if there is an answer already, it gets that. */
  attach(response: ServerResponse): void {
    if (this.#answer !== undefined) {
      respond(response, this.#answer, this.contentType);
      return;
    }
    this.#responses.push(response);
    response.on('close', () => {
      if (!this.#responses.includes(response)) return;
      this.#responses = this.#responses.filter((each) => each !== response);
      this.changed();
    });
    if (this.#responses.length > repetitions) this.#responses[0]?.destroy();
  }

  /** @param expired called when the client has waited long enough, in milliseconds */
  hold(wait: number, expired: () => void): void {
    this.#wait = setTimeout(expired, wait);
  }

  answer(xml: string): void {
    clearTimeout(this.#wait);
    this.#answer = xml;
    for (const response of this.#responses.splice(0)) respond(response, xml, this.contentType);
  }
}

export function respond(response: ServerResponse, xml: string, contentType: string): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(200, { 'content-type': contentType, 'content-length': Buffer.byteLength(xml) });
  response.end(xml);
}
