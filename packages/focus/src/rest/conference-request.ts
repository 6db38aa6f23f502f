/**
 * Conference requests over HTTP (focus reference 2.2). Such a request has no sender: where users log in, it opens no conference and
 * only learns of one that is there.
 */
import { type StanzaError, stanzaError } from '@conclave/signaling';
import { z } from 'zod';
import {
  conferenceResponse,
  type ConferenceRequestContext,
  placementRequest,
  wishesOf,
} from '../request/conference-request.js';
import { isBreakout, roomFault } from '../request/room-name.js';
import { json, plain, type RestAnswer } from './rest.js';

const MAX_PROPERTIES = 64;

const requestBody = z.object({
  room: z.string(),
  properties: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))
    .refine((properties) => Object.keys(properties).length <= MAX_PROPERTIES)
    .default({}),
});

/** Whoever asks over HTTP counts as one user. */
const OPENER = 'http';

/** Answers the JSON of a request. */
export const answerHttpRequest = async (
  body: unknown,
  context: ConferenceRequestContext,
): Promise<RestAnswer> => {
  const { data } = requestBody.safeParse(body);
  if (!data) return plain(400, 'Bad request: not a conference request\n');
  const { room, properties } = data;
  const { authority, hall, log, tally } = context;
  tally.add('conference_requests');
  if (!hall.has(room)) tally.add('conference_requests_new');
  const mayOpen = authority.authentication === 'none' || hall.has(room) || isBreakout(room, context);
  const refusal =
    roomFault(room, context) ??
    (mayOpen ? await hall.enter(room, OPENER, wishesOf({ properties })) : stanzaError('not-authorized'));
  if (!refusal) {
    const placed = await hall.place(room, { ...placementRequest({ properties }), opened: false });
    return json(conferenceResponse(room, context, placed));
  }
  log.debug({ room, condition: refusal.condition }, 'HTTP request refused');
  return plain(refusal.condition === 'not-authorized' ? 403 : 400, reason(refusal));
};

const reason = ({ condition, text }: StanzaError): string =>
  `Bad request: ${condition}${text === undefined ? '' : ` (${text})`}\n`;
