/** The memory that a Node process needs, asked of its inspector (`--inspect`): what is left after everything unreachable was collected. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { ServiceProcess } from '../harness/service-process.js';

/** What each process of the soak is started with: its inspector listens on any port of the loopback interface. */
export const inspectable = { NODE_OPTIONS: '--inspect=127.0.0.1:0' };

interface Answer {
  readonly id?: number;
  readonly result?: { readonly usedSize?: number };
}

/** MiB of JavaScript objects in use, after a collection. */
export async function heapInUse(service: ServiceProcess): Promise<number> {
  const line = await service.line(/Debugger listening on ws:/);
  const socket = new WebSocket(/ws:\S+/.exec(line)?.[0] ?? '');
  try {
    await once(socket, 'open');
    let requests = 0;
    const ask = async (method: string): Promise<Answer> => {
      const id = ++requests;
      const answered = new Promise<Answer>((resolve) =>
        socket.on('message', (text) => {
          const answer = JSON.parse((text as Buffer).toString()) as Answer;
          if (answer.id === id) resolve(answer);
        }),
      );
      socket.send(JSON.stringify({ id, method }));
      return answered;
    };
    await ask('HeapProfiler.collectGarbage');
    const { result } = await ask('Runtime.getHeapUsage');
    return (result?.usedSize ?? 0) / 2 ** 20;
  } finally {
    socket.terminate();
  }
}
