/** What client and server agree on when a BOSH session is created (XEP-0124 s.7.1, s.7.2). Times are in milliseconds. */
import type { BodyHead } from './body.js';

/** The most that a client may ask for. */
export interface BoshLimits {
  /** How long a request is held. */
  readonly wait: number;
  /** Requests held at once. */
  readonly hold: number;
  /** How long a client may stay away. */
  readonly inactivity: number;
  /** The least time between two empty requests of a client that has none held. */
  readonly polling: number;
  /** How long a client may stay away having said so. */
  readonly pause: number;
}

export interface BoshTerms extends BoshLimits {
  /** Requests under way at once. */
  readonly requests: number;
  readonly ver: string;
  readonly content: string;
  readonly ack: boolean;
  /** Of XMPP (XEP-0206), as the client said at first. */
  readonly version: string | undefined;
}

export const plainContent = 'text/xml; charset=utf-8';
const supportedMinor = 11;

export function agree(limits: BoshLimits, head: BodyHead): BoshTerms {
  const wait = Math.min((head.wait ?? 0) * 1000, limits.wait);
  const hold = wait === 0 ? 0 : Math.min(head.hold ?? 1, limits.hold);
  return {
    ...limits,
    wait,
    hold,
    requests: hold + 1,
    ver: version(head.ver),
    content: contentType(head.content),
    ack: head.ack,
    version: head.version,
  };
}

/** What was agreed on, as the answer says it that creates the session: in seconds (s.7.2). */
export function encodeTerms(terms: BoshTerms): Record<string, string | number> {
  const { wait, hold, requests, inactivity, polling, pause, ver } = terms;
  return {
    wait: seconds(wait),
    hold,
    requests,
    inactivity: seconds(inactivity),
    polling: seconds(polling),
    maxpause: seconds(pause),
    ver,
  };
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}

/** The lower of the client's version and 1.11. */
function version(asked: string | undefined): string {
  const [, minor = supportedMinor] = /^1\.([0-9]{1,3})$/.exec(asked ?? '') ?? [];
  return `1.${Math.min(Number(minor), supportedMinor)}`;
}

/** The client may choose the type of answers, as long as they are read as the XML that they are. */
function contentType(asked: string | undefined): string {
  return /^(text|application)\/xml(; ?charset=utf-8)?$/i.test(asked ?? '') && asked !== undefined
    ? asked
    : plainContent;
}
