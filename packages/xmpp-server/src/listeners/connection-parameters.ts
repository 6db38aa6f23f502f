/** Reads what a web client says in the address, or the header, of the HTTP request it connects by. Nothing of it is verified here. */
import type { IncomingMessage } from 'node:http';
import type { ConnectionParameters } from '../stream/connection-parameters.js';

/** Ids that a client may ask to resume look like this; anything else is not ours. */
const resumptionId = /^[A-Za-z0-9_-]{1,64}$/;
/** In characters. */
const longestToken = 16_384;
const longestName = 1_023;

export function connectionParameters({ url = '/', headers }: IncomingMessage): ConnectionParameters {
  const query = url.indexOf('?');
  const parameters = new URLSearchParams(query === -1 ? '' : url.slice(query));
  const text = (name: string, longest: number): string | undefined => {
    const value = parameters.get(name);
    return value === null || value === '' || value.length > longest ? undefined : value;
  };
  const previous = text('previd', 64);
  const [, bearer] = /^Bearer +([\w.~+/=-]+)$/i.exec(headers.authorization ?? '') ?? [];
  return {
    previousSession: previous !== undefined && resumptionId.test(previous) ? previous : undefined,
    token: text('token', longestToken) ?? bearer,
    room: text('room', longestName),
    prefix: text('prefix', longestName),
    leave: text('customusername', 64),
  };
}
