/**
 * What conclavectl and the running XMPP server say to each other: JSON over HTTP on a Unix socket. Each side checks what
 * the other sends.
 */
import { z } from 'zod';

const text = z.string().min(1).max(1023);

export const accountBody = z.strictObject({ username: text, host: text, password: text });
export const accountName = z.strictObject({ username: text, host: text });
export const hostQuery = z.strictObject({ host: text });

/** How long an invitation may be good, in seconds: a minute to a year. */
export const inviteBody = z.strictObject({
  kind: z.enum(['account', 'reset']),
  username: text.optional(),
  lifetime: z
    .int()
    .min(60)
    .max(366 * 86_400),
});
export type InviteBody = z.infer<typeof inviteBody>;

/** The address of the page, the same as an XMPP URI (XEP-0401), and until when (ISO 8601). */
export const invitationBody = z.object({ link: z.string(), uri: z.string(), expires: z.string() });

export const accountList = z.object({ accounts: z.array(z.string()) });

/** Why a request was refused, in a word that scripts may compare. */
const refusals = [
  'exists',
  'no-such-account',
  'no-such-host',
  'bad-username',
  'bad-password',
  'bad-request',
  'bad-configuration',
  'bad-directory',
] as const;
export type Refusal = (typeof refusals)[number];

export const refusalBody = z.object({ refusal: z.enum(refusals), message: z.string() });

export const reloadReport = z.object({
  changed: z.array(z.string()).readonly(),
  later: z.array(z.string()).readonly(),
});

/** Where a Prosody keeps its data, or is to find it: a path as the server sees it. */
export const directoryBody = z.strictObject({ directory: z.string().startsWith('/').max(4096) });

/** Accounts that have been moved, and what was left out. */
export const transferReport = z.object({
  accounts: z.array(z.string()).readonly(),
  skipped: z.array(z.object({ what: z.string(), why: z.string() })).readonly(),
});
export type TransferReport = z.infer<typeof transferReport>;

/** What can be done to the running XMPP server. */
export interface Administration {
  readonly accounts: AccountAdministration;
  /** @throws ConfigErrors, ConclaveError: nothing has changed then */
  /** Of the domain of the installation. @throws an error with a code of the XMPP server's, as all of `accounts` */
  readonly invite: (invitation: InviteBody) => Promise<z.infer<typeof invitationBody>>;
  readonly reload: () => Promise<z.infer<typeof reloadReport>>;
  /** Accounts from and to the data directory of a Prosody. */
  readonly prosody: {
    importFrom(directory: string): Promise<TransferReport>;
    exportTo(directory: string): Promise<TransferReport>;
  };
}

export interface AccountAdministration {
  register(username: string, host: string, password: string): Promise<void>;
  setPassword(username: string, host: string, password: string): Promise<void>;
  remove(username: string, host: string): Promise<void>;
  /** Bare JIDs. */
  list(host: string): Promise<readonly string[]>;
}
