/**
 * Conference requests over HTTP, `POST /conference-request/v1`, for clients that do not ask over XMPP. The web front hands them to the
 * focus; nothing else of what the focus answers over HTTP is for the world.
 */
import type { Logger } from 'pino';

/** The answer of the focus. */
interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Answers the JSON of a request. */
export type ConferenceRequests = (body: unknown) => Promise<Answer>;

export const conferenceRequestPath = '/conference-request/v1';

/** A conference request as the focus takes it, without its body. */
export const conferenceRequest = {
  method: 'POST',
  path: conferenceRequestPath,
  query: new URLSearchParams(),
} as const;

/** Milliseconds for the focus to enter the room. */
const answerWithin = 20_000;

/** Hands requests to the focus at `origin`. */
export function forwardConferenceRequests(origin: string, log: Logger): ConferenceRequests {
  const url = new URL(conferenceRequestPath, origin);
  return async (body) => {
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(answerWithin),
      });
      const type = answer.headers.get('content-type') ?? 'text/plain';
      return { status: answer.status, type, body: await answer.text() };
    } catch (error) {
      log.warn({ err: error, origin }, 'conference request could not be passed on');
      return { status: 502, type: 'text/plain', body: 'The focus does not answer\n' };
    }
  };
}
