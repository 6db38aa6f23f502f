/** conclavectl's way to the videobridges of this machine: HTTP on the socket that each of them has. */
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { bridgesIn, socketOf } from '../data/bridge-sockets.js';
import { RefusedError } from './admin-client.js';

/** Milliseconds that a bridge has for an answer: one whose loop is stuck gives none. */
const answerWithin = 5000;

const overview = z.object({
  bridge: z.string(),
  healthy: z.boolean(),
  reason: z.string().optional(),
  lifecycle: z.string(),
  draining: z.boolean(),
  stress: z.number(),
  conferences: z.array(
    z.object({ meetingId: z.string(), name: z.string().optional(), endpoints: z.array(z.string()) }),
  ),
});
type BridgeOverview = z.infer<typeof overview>;

/** A bridge that has a socket: what it says of itself, or nothing within the time. */
export interface FoundBridge {
  readonly name: string;
  readonly overview: BridgeOverview | undefined;
}

export interface BridgeClient {
  /** Those that run, in the order of their names. */
  list(): Promise<FoundBridge[]>;
  /** Sends `body`, and answers the body of the answer. @throws RefusedError when the bridge says no */
  ask(bridge: string, method: string, path: string, body?: unknown): Promise<string>;
}

/** @param directory where the sockets are */
export function bridgeClient(directory: string): BridgeClient {
  const ask: BridgeClient['ask'] = async (bridge, method, path, body) => {
    if (!(await bridgesIn(directory)).includes(bridge))
      throw new RefusedError('no-such-bridge', `${bridge} does not run on this machine`);
    const [status, answer] = await exchange(socketOf(directory, bridge), method, path, body).catch(
      (error: unknown) => {
        throw new RefusedError('no-such-bridge', `${bridge} does not answer (${codeOf(error)})`);
      },
    );
    if (status < 300) return answer;
    throw new RefusedError(status === 404 ? 'no-such-endpoint' : 'bad-request', answer.trim());
  };
  return {
    ask,
    async list() {
      const names = (await bridgesIn(directory)).sort();
      const found = await Promise.all(
        names.map(async (name): Promise<FoundBridge[]> => {
          try {
            const [, answer] = await exchange(socketOf(directory, name), 'GET', '/debug');
            return [{ name, overview: overview.parse(JSON.parse(answer)) }];
          } catch (error) {
            // Nobody is behind the socket any more.
            return codeOf(error) === 'ECONNREFUSED' ? [] : [{ name, overview: undefined }];
          }
        }),
      );
      return found.flat();
    },
  };
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

function exchange(
  socketPath: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<[status: number, answer: string]> {
  const json = body === undefined ? undefined : JSON.stringify(body);
  const headers = json === undefined ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path, headers, timeout: answerWithin }, (response) => {
      text(response).then((answer) => resolve([response.statusCode ?? 0, answer]), reject);
    });
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${answerWithin / 1000} s`)));
    sent.once('error', reject);
    sent.end(json);
  });
}
