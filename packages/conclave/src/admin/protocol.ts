/**
 * What conclavectl and the running XMPP server say to each other: JSON over HTTP on a Unix socket. Each side checks what
 * the other sends.
 */
import { z } from 'zod';

const text = z.string().min(1).max(1023);

export const accountBody = z.strictObject({ username: text, host: text, password: text });
export const accountName = z.strictObject({ username: text, host: text });
/** Whether the account is to be disabled, or enabled again. */
export const accountState = z.strictObject({ username: text, host: text, disabled: z.boolean() });
export const accountQuery = z.strictObject({ host: text, disabled: z.literal('true').optional() });

export const sessionQuery = z.strictObject({ host: text.optional() });
/** An account, all of whose sessions are meant, or one session. */
export const sessionName = z.strictObject({ jid: z.string().min(3).max(3071) });
export const sessionList = z.object({
  sessions: z.array(z.object({ jid: z.string(), anonymous: z.boolean(), state: z.string() })).readonly(),
});
export type SessionList = z.infer<typeof sessionList>['sessions'];

export const announcementBody = z.strictObject({ text: z.string().trim().min(1).max(4096) });
/** How many sessions it concerned. */
export const countBody = z.object({ count: z.int() });

/** How long an invitation may be good, in seconds: a minute to a year. */
export const inviteBody = z.strictObject({
  kind: z.enum(['account', 'reset', 'contact']),
  username: text.optional(),
  /** Whose contact the invited will be: a local part. */
  inviter: text.optional(),
  /** Of a contact: whether one who has no account may make one here. */
  mayRegister: z.boolean().optional(),
  lifetime: z
    .int()
    .min(60)
    .max(366 * 86_400),
});
export type InviteBody = z.infer<typeof inviteBody>;

/** The address of the page, the same as an XMPP URI (XEP-0401), and until when (ISO 8601). */
export const invitationBody = z.object({ link: z.string(), uri: z.string(), expires: z.string() });

export const invitationName = z.strictObject({ id: text });
export const invitationList = z.object({
  invitations: z
    .array(
      z.object({
        id: z.string(),
        kind: z.string(),
        username: z.string().optional(),
        inviter: z.string().optional(),
        expires: z.string(),
      }),
    )
    .readonly(),
});
export type InvitationList = z.infer<typeof invitationList>['invitations'];

export const accountList = z.object({ accounts: z.array(z.string()) });

/** Why a request was refused, in a word that scripts may compare. */
const refusals = [
  'exists',
  'no-such-account',
  'no-such-host',
  'no-such-session',
  'no-such-invitation',
  'no-such-bridge',
  'no-such-conference',
  'no-such-endpoint',
  'too-many',
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
  readonly sessions: {
    /** @param host undefined: of all */
    list(host: string | undefined): SessionList;
    /** @param jid bare, or full @returns how many have ended */
    end(jid: string): number;
    /** Says something to everybody who is logged in. @returns to how many sessions */
    announce(text: string): number;
  };
  /** Of the domain of the installation. @throws an error with a code of the XMPP server's, as all of `accounts` */
  readonly invite: (invitation: InviteBody) => Promise<z.infer<typeof invitationBody>>;
  readonly invitations: {
    list(): Promise<InvitationList>;
    /** @returns whether there was one */
    revoke(id: string): Promise<boolean>;
  };
  /** @throws ConfigErrors, ConclaveError: nothing has changed then */
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
  /** Nobody logs in to the account any more, and its sessions end. */
  disable(username: string, host: string): Promise<void>;
  enable(username: string, host: string): Promise<void>;
  /** Bare JIDs. */
  list(host: string): Promise<readonly string[]>;
  /** Those that are disabled. */
  listDisabled(host: string): readonly string[];
}
