/** Why an account cannot be made or changed; the codes are for the people who administer accounts. */

export type AccountErrorCode =
  'bad-username' | 'bad-password' | 'unknown-host' | 'conflict' | 'unknown-account' | 'too-many';

export class AccountError extends Error {
  override readonly name = 'AccountError';

  constructor(
    readonly code: AccountErrorCode,
    message: string,
  ) {
    super(message);
  }
}
