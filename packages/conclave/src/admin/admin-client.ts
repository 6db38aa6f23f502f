/** conclavectl's end of the administration socket. */
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { ConclaveError } from '../errors/conclave-error.js';
import {
  accountList,
  countBody,
  invitationBody,
  invitationList,
  type InvitationList,
  type InviteBody,
  type Refusal,
  refusalBody,
  reloadReport,
  sessionList,
  type SessionList,
  type TransferReport,
  transferReport,
} from './protocol.js';

/** Milliseconds that the server has for an answer, and for moving all accounts. */
const answerWithin = 30_000;
const transferWithin = 3_600_000;

/** The server understood and said no. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  constructor(
    readonly refusal: Refusal | 'internal',
    message: string,
  ) {
    super(message);
  }
}

export interface AdminClient {
  register(username: string, host: string, password: string): Promise<void>;
  setPassword(username: string, host: string, password: string): Promise<void>;
  remove(username: string, host: string): Promise<void>;
  /** Bare JIDs. @param only which of them; default: all */
  list(host: string, only?: 'disabled'): Promise<string[]>;
  setDisabled(username: string, host: string, disabled: boolean): Promise<void>;
  /** @param host default: of all */
  sessions(host?: string): Promise<SessionList>;
  /** @param jid of an account, or of one session @returns how many have ended */
  endSessions(jid: string): Promise<number>;
  /** @returns to how many sessions */
  announce(text: string): Promise<number>;
  /** Takes accounts over from a Prosody, or writes them for one. @param directory absolute */
  importFrom(directory: string): Promise<TransferReport>;
  exportTo(directory: string): Promise<TransferReport>;
  invite(
    invitation: InviteBody,
  ): Promise<{ readonly link: string; readonly uri: string; readonly expires: string }>;
  /** Those that are open. */
  invitations(): Promise<InvitationList>;
  revoke(id: string): Promise<void>;
  /** What has changed, and what will at the next start. */
  reload(): Promise<{ readonly changed: readonly string[]; readonly later: readonly string[] }>;
}

/** All methods throw {@link RefusedError}, or ConclaveError CTL-001 or CTL-002 when nobody can be reached. */
export function adminClient(socketPath: string): AdminClient {
  const act = async (method: string, body: Record<string, string | boolean>): Promise<void> => {
    await exchange(socketPath, method, '/accounts', body);
  };
  const transfer = async (path: string, directory: string): Promise<TransferReport> => {
    const answer = await exchange(socketPath, 'POST', path, { directory }, transferWithin);
    return transferReport.parse(JSON.parse(answer));
  };
  return {
    register: (username, host, password) => act('POST', { username, host, password }),
    setPassword: (username, host, password) => act('PUT', { username, host, password }),
    remove: (username, host) => act('DELETE', { username, host }),
    importFrom: (directory) => transfer('/import', directory),
    exportTo: (directory) => transfer('/export', directory),
    async invite(invitation) {
      const answer = await exchange(socketPath, 'POST', '/invitations', { ...invitation });
      return invitationBody.parse(JSON.parse(answer));
    },
    async invitations() {
      return invitationList.parse(JSON.parse(await exchange(socketPath, 'GET', '/invitations'))).invitations;
    },
    async revoke(id) {
      await exchange(socketPath, 'DELETE', '/invitations', { id });
    },
    async reload() {
      return reloadReport.parse(JSON.parse(await exchange(socketPath, 'POST', '/reload')));
    },
    setDisabled: (username, host, disabled) => act('PATCH', { username, host, disabled }),
    async sessions(host) {
      const query = host === undefined ? '' : `?host=${encodeURIComponent(host)}`;
      return sessionList.parse(JSON.parse(await exchange(socketPath, 'GET', `/sessions${query}`))).sessions;
    },
    async endSessions(jid) {
      return countBody.parse(JSON.parse(await exchange(socketPath, 'DELETE', '/sessions', { jid }))).count;
    },
    async announce(words) {
      const answer = await exchange(socketPath, 'POST', '/announcements', { text: words });
      return countBody.parse(JSON.parse(answer)).count;
    },
    async list(host, only) {
      const filter = only === undefined ? '' : '&disabled=true';
      const path = `/accounts?host=${encodeURIComponent(host)}${filter}`;
      const answer = await exchange(socketPath, 'GET', path);
      return accountList.parse(JSON.parse(answer)).accounts;
    },
  };
}

async function exchange(
  socketPath: string,
  method: string,
  path: string,
  body?: Record<string, unknown>,
  within = answerWithin,
): Promise<string> {
  const json = body && JSON.stringify(body);
  const headers =
    json === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) };
  const [status, answer] = await new Promise<[number, string]>((resolve, reject) => {
    const sent = request({ socketPath, method, path, headers, timeout: within }, (response) => {
      text(response).then((all) => resolve([response.statusCode ?? 0, all]), reject);
    });
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${within / 1000} s`)));
    sent.once('error', reject);
    sent.end(json);
  }).catch((cause: unknown) => {
    throw unreachable(socketPath, cause);
  });
  if (status < 300) return answer;
  const refused = refusalBody.safeParse(parseJson(answer));
  if (refused.success) throw new RefusedError(refused.data.refusal, refused.data.message);
  throw new RefusedError('internal', 'The server could not do it; its log says why');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreachable(socketPath: string, cause: unknown): unknown {
  switch ((cause as NodeJS.ErrnoException).code) {
    case 'ENOENT':
    case 'ECONNREFUSED':
      return new ConclaveError('CTL-001', `Nobody answers at ${socketPath}`, { cause });
    case 'EACCES':
    case 'EPERM':
      return new ConclaveError('CTL-002', `${socketPath} may not be opened`, { cause });
    default:
      return new ConclaveError('CTL-001', `${socketPath} does not answer (${String(cause)})`, { cause });
  }
}
