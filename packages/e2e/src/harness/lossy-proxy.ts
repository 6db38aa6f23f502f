/** A reverse proxy that loses answers when it is told to, as a network does: the server has seen the request, the client sees a dead connection. */
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LossyProxy {
  readonly url: string;
  /** How many answers are lost from now on. */
  lose(answers: number): void;
  /** How many were. */
  readonly lost: number;
  stop(): void;
}

/** @param target an http URL */
export async function startLossyProxy(target: string): Promise<LossyProxy> {
  let toLose = 0;
  let lost = 0;
  const server = createServer((request, response) => {
    const { method, headers } = request;
    const upstream = httpRequest(new URL(request.url ?? '/', target), { method, headers }, (answer) => {
      if (toLose > 0) {
        toLose--;
        lost++;
        answer.resume();
        response.destroy();
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lose: (answers) => {
      toLose = answers;
    },
    get lost() {
      return lost;
    },
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
