/**
 * The administration socket of the running XMPP server: a Unix socket that only the user who runs the service may open. What
 * comes in takes effect at once, since it acts on the running server.
 */
import { chmod, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { ConfigErrors } from '../config/load.js';
import { ConclaveError } from '../errors/conclave-error.js';
import {
  accountBody,
  accountName,
  accountQuery,
  accountState,
  announcementBody,
  directoryBody,
  type Administration,
  inviteBody,
  invitationName,
  type Refusal,
  sessionName,
  sessionQuery,
} from './protocol.js';

/** `sun_path` of unix(7) holds 108 bytes with the final zero. */
const longestPath = 107;

export interface AdminSocket {
  stop(): Promise<void>;
}

/** @throws ConclaveError DATA-003 when another instance answers there, DATA-004 when the path is too long */
export async function startAdminSocket(
  path: string,
  administration: Administration,
  log: Logger,
): Promise<AdminSocket> {
  const app = fastify({ bodyLimit: 16 * 1024, forceCloseConnections: true });
  addRoutes(app, administration, log);
  await listenPrivately(app, path);
  return { stop: () => app.close() };
}

/** Listens on a socket that only this user may open. @throws ConclaveError DATA-003, DATA-004 */
export async function listenPrivately(app: FastifyInstance, path: string): Promise<void> {
  if (Buffer.byteLength(path) > longestPath)
    throw new ConclaveError('DATA-004', `${path} has more than ${longestPath} bytes`);
  if (await somebodyAnswers(path)) throw new ConclaveError('DATA-003', `Another instance answers at ${path}`);
  await rm(path, { force: true });
  // Nobody else may open it, not even between its making and a later chmod.
  const umask = process.umask(0o177);
  try {
    await app.listen({ path });
  } finally {
    process.umask(umask);
  }
  await chmod(path, 0o600);
}

/** Whether a server listens there; a socket file that a dead process left behind refuses. */
export function somebodyAnswers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (answers: boolean): void => {
      socket.destroy();
      resolve(answers);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}

class Refused extends Error {
  constructor(
    readonly refusal: Refusal,
    message: string,
  ) {
    super(message);
  }
}

function addRoutes(
  app: FastifyInstance,
  { accounts, sessions, invite, invitations, reload, prosody }: Administration,
  log: Logger,
): void {
  app.setErrorHandler((error: Error, _request, reply) => {
    const refused = refusalOf(error);
    if (!refused) log.error({ err: error }, 'administration failed');
    return refused
      ? reply.code(422).send({ refusal: refused.refusal, message: refused.message })
      : reply.code(500).send({ message: 'The server could not do it; its log says why' });
  });

  app.post('/accounts', async (request, reply) => {
    const { username, host, password } = read(accountBody, request.body);
    await accounts.register(username, host, password);
    log.info({ account: `${username}@${host}` }, 'account registered');
    return reply.code(204).send();
  });

  app.put('/accounts', async (request, reply) => {
    const { username, host, password } = read(accountBody, request.body);
    await accounts.setPassword(username, host, password);
    log.info({ account: `${username}@${host}` }, 'password changed');
    return reply.code(204).send();
  });

  app.delete('/accounts', async (request, reply) => {
    const { username, host } = read(accountName, request.body);
    await accounts.remove(username, host);
    log.info({ account: `${username}@${host}` }, 'account removed');
    return reply.code(204).send();
  });

  app.get('/accounts', async (request) => {
    const { host, disabled } = read(accountQuery, request.query);
    return { accounts: disabled === undefined ? await accounts.list(host) : accounts.listDisabled(host) };
  });

  app.patch('/accounts', async (request, reply) => {
    const { username, host, disabled } = read(accountState, request.body);
    await (disabled ? accounts.disable(username, host) : accounts.enable(username, host));
    log.info({ account: `${username}@${host}` }, disabled ? 'account disabled' : 'account enabled');
    return reply.code(204).send();
  });

  app.get('/sessions', (request) => ({ sessions: sessions.list(read(sessionQuery, request.query).host) }));

  app.delete('/sessions', (request) => {
    const { jid } = read(sessionName, request.body);
    const count = sessions.end(jid);
    if (count === 0) throw new Refused('no-such-session', `${jid} is not logged in`);
    log.info({ jid, count }, 'sessions ended');
    return { count };
  });

  app.post('/announcements', (request) => {
    const count = sessions.announce(read(announcementBody, request.body).text);
    log.info({ count }, 'announcement made');
    return { count };
  });

  app.post('/invitations', async (request) => {
    const body = read(inviteBody, request.body);
    const invitation = await invite(body);
    log.info({ kind: body.kind, username: body.username, expires: invitation.expires }, 'invitation made');
    return invitation;
  });

  app.get('/invitations', async () => ({ invitations: await invitations.list() }));

  app.delete('/invitations', async (request, reply) => {
    const { id } = read(invitationName, request.body);
    if (!(await invitations.revoke(id))) throw new Refused('no-such-invitation', `${id} is no invitation`);
    log.info({ id }, 'invitation revoked');
    return reply.code(204).send();
  });

  app.post('/reload', () => reload());

  app.post('/import', (request) => prosody.importFrom(read(directoryBody, request.body).directory));
  app.post('/export', (request) => prosody.exportTo(read(directoryBody, request.body).directory));
}

function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success)
    throw new Refused('bad-request', parsed.error.issues.map(({ message }) => message).join('; '));
  return parsed.data;
}

/** The XMPP server's codes in the words of the administration protocol. */
const refusalOfCode: Readonly<Record<string, Refusal>> = {
  conflict: 'exists',
  'unknown-account': 'no-such-account',
  'unknown-host': 'no-such-host',
  'bad-username': 'bad-username',
  'bad-password': 'bad-password',
  'bad-directory': 'bad-directory',
  'too-many': 'too-many',
};

function refusalOf(error: Error & { code?: unknown }): Refused | undefined {
  if (error instanceof Refused) return error;
  if (error instanceof ConfigErrors || error instanceof ConclaveError)
    return new Refused('bad-configuration', error.message);
  const refusal = typeof error.code === 'string' ? refusalOfCode[error.code] : undefined;
  return refusal && new Refused(refusal, error.message);
}
