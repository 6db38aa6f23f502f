/**
 * Passwords that an HTTP service knows. It is asked by POST with `{ "ask": "password" | "account", host, username, password? }` in JSON,
 * and answers `{ "valid": boolean }`.
 */
import { z } from 'zod';
import { answerText } from '../answer-text.js';
import { AtMost } from './at-most.js';
import type { Directory } from './password-directory.js';

export const httpDirectoryOptions = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  /** Sent as a bearer token (RFC 6750), so that the service knows who asks. */
  secret: z.string().min(1).optional(),
  /** Milliseconds. */
  timeout: z.int().min(100).default(5_000),
});

export type HttpDirectoryOptions = z.output<typeof httpDirectoryOptions>;

const answer = z.object({ valid: z.boolean() });
const longestAnswer = 4_096;
/** Requests at once, and logins that wait. */
const requests = 16;
const line = 256;

export class HttpDirectory implements Directory {
  readonly #atMost = new AtMost(requests, line);

  constructor(
    private readonly host: string,
    private readonly options: HttpDirectoryOptions,
  ) {}

  check(username: string, password: string): Promise<boolean> {
    return this.#ask({ ask: 'password', username, password });
  }

  exists(username: string): Promise<boolean> {
    return this.#ask({ ask: 'account', username });
  }

  #ask(question: Readonly<Record<string, string>>): Promise<boolean> {
    const { url, secret, timeout } = this.options;
    return this.#atMost.run(async () => {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
        },
        body: JSON.stringify({ ...question, host: this.host }),
        signal: AbortSignal.timeout(timeout),
        redirect: 'error',
      });
      const text = await answerText(response, longestAnswer);
      if (!response.ok) throw new Error(`the service answers ${response.status}`);
      return answer.parse(JSON.parse(text)).valid;
    });
  }
}
