/**
 * Where a videobridge answers operators on its machine: a Unix socket with its name, which only the user who runs it may open, so that
 * whoever can is an operator. conclavectl finds all bridges of the machine by it, in one process or several.
 */
import { rm } from 'node:fs/promises';
import { fastify } from 'fastify';
import type { Logger } from 'pino';
import type { Videobridge } from '@conclave/videobridge';
import { listenPrivately, somebodyAnswers } from '../admin/admin-socket.js';
import { bridgesIn, socketOf } from '../data/bridge-sockets.js';
import { privateDirectory } from '../data/data-directory.js';
import { answerOperators, operationBodyLimit } from './internal-http.js';

/**
 * Opens the socket. A bridge whose socket cannot be opened works all the same: that is logged.
 * @returns how to close it
 */
export async function openBridgeSocket(
  directory: string,
  { nick, rest }: Pick<Videobridge, 'nick' | 'rest'>,
  log: Logger,
): Promise<() => Promise<void>> {
  const app = fastify({ bodyLimit: operationBodyLimit, forceCloseConnections: true });
  answerOperators(app, (request) => rest({ ...request, authority: 'proven' }));
  const path = socketOf(directory, nick);
  try {
    await privateDirectory(directory);
    await sweep(directory);
    await listenPrivately(app, path);
  } catch (error) {
    log.warn({ err: error, path }, 'conclavectl cannot reach this videobridge');
  }
  return () => app.close();
}

/** Bridges that were killed leave their sockets behind. */
async function sweep(directory: string): Promise<void> {
  for (const bridge of await bridgesIn(directory)) {
    const path = socketOf(directory, bridge);
    if (!(await somebodyAnswers(path))) await rm(path, { force: true });
  }
}
