/** What the people of the main host log in by, when the server does not keep their accounts itself. */
import { z } from 'zod';
import type { Logger } from 'pino';
import type { AccountProvider } from './account-provider.js';
import { HttpDirectory, httpDirectoryOptions } from './http-directory.js';
import { LdapDirectory, ldapOptions } from './ldap.js';
import { DirectoryAccounts } from './password-directory.js';
import { tokenOptions } from './token/options.js';
import { TokenAccounts } from './token/token-accounts.js';

export const authenticationSchema = z.discriminatedUnion('provider', [
  z.strictObject({ provider: z.literal('token'), token: tokenOptions }),
  z.strictObject({ provider: z.literal('ldap'), ldap: ldapOptions }),
  z.strictObject({ provider: z.literal('http'), http: httpDirectoryOptions }),
]);

/** As it is written; defaults may be left out. */
export type AuthenticationConfig = z.input<typeof authenticationSchema>;
export type ForeignAccountsConfig = z.output<typeof authenticationSchema>;

/** Throws when it cannot be. */
export function parseAuthentication(config: AuthenticationConfig): ForeignAccountsConfig {
  return authenticationSchema.parse(config);
}

/** Accounts that somebody else keeps. */
export function foreignAccounts(host: string, config: ForeignAccountsConfig, log: Logger): AccountProvider {
  const failed = (error: unknown): void =>
    log.error({ err: error, host }, `accounts by ${config.provider} cannot be asked for`);
  switch (config.provider) {
    case 'token':
      return new TokenAccounts(config.token);
    case 'ldap':
      return new DirectoryAccounts('ldap', host, new LdapDirectory(config.ldap), failed);
    case 'http':
      return new DirectoryAccounts('http', host, new HttpDirectory(host, config.http), failed);
  }
}
