/** An invitation, as the page sees it: `/invite/<token>` leads here, and the server is asked by POST at the same origin. */

export interface Invitation {
  /** `account`: to make one; `reset`: to set a new password; `contact`: to be somebody's contact. */
  readonly kind: 'account' | 'reset' | 'contact';
  readonly domain: string;
  /** Undefined: whoever is invited chooses. */
  readonly username: string | undefined;
  /** Whose contact the invited will be: an address. */
  readonly inviter: string | undefined;
  /** Whether an account can be made by it. */
  readonly mayRegister: boolean;
  /** The same for XMPP clients: an address that begins with `xmpp:`. */
  readonly uri: string | undefined;
}

export type InvitationFailure =
  'invalid' | 'conflict' | 'bad-username' | 'bad-password' | 'insecure' | 'too-many' | 'unreachable';

export type Result<T> = { readonly value: T } | { readonly failure: InvitationFailure };

const known: readonly InvitationFailure[] = [
  'invalid',
  'conflict',
  'bad-username',
  'bad-password',
  'insecure',
  'too-many',
];

/** The token in an address; undefined: it is another page's. */
export function invitationToken({ pathname }: { readonly pathname: string }): string | undefined {
  return /^\/invite\/([A-Za-z0-9_-]{1,256})\/?$/.exec(pathname)?.[1];
}

export async function lookAtInvitation(token: string, fetch: Fetch): Promise<Result<Invitation>> {
  const result = await post('look', { token }, fetch);
  if ('failure' in result) return result;
  const { kind, domain, username, inviter, mayRegister, uri } = result.value;
  const known = kind === 'account' || kind === 'reset' || kind === 'contact';
  if (!known || typeof domain !== 'string') return { failure: 'unreachable' };
  return {
    value: {
      kind,
      domain,
      username: typeof username === 'string' ? username : undefined,
      inviter: typeof inviter === 'string' ? `${inviter}@${domain}` : undefined,
      mayRegister: mayRegister === true,
      uri: typeof uri === 'string' && uri.startsWith('xmpp:') ? uri : undefined,
    },
  };
}

/** @returns the address of the account */
export async function acceptInvitation(
  given: { readonly token: string; readonly username?: string; readonly password: string },
  fetch: Fetch,
): Promise<Result<string>> {
  const result = await post('accept', given, fetch);
  if ('failure' in result) return result;
  const { username, domain } = result.value;
  if (typeof username !== 'string' || typeof domain !== 'string') return { failure: 'unreachable' };
  return { value: `${username}@${domain}` };
}

/** The part of `fetch` that is needed. */
export type Fetch = (url: string, options: RequestInit) => Promise<Pick<Response, 'ok' | 'json'>>;

async function post(
  action: 'look' | 'accept',
  body: object,
  fetch: Fetch,
): Promise<Result<Readonly<Record<string, unknown>>>> {
  try {
    const response = await fetch(`/invite/${action}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      credentials: 'omit',
    });
    const answer: unknown = await response.json();
    const value = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {};
    if (response.ok) return { value };
    return { failure: known.find((failure) => failure === value['error']) ?? 'unreachable' };
  } catch {
    return { failure: 'unreachable' };
  }
}
