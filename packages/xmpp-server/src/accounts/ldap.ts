/** Passwords that an LDAP directory knows (RFC 4511): the entry is searched for by name, and the password is tried on it. */
import { randomUUID } from 'node:crypto';
import { Client, escapeFilter, FilterParser, InvalidCredentialsError, NoSuchObjectError } from 'ldapts';
import { z } from 'zod';
import { AtMost } from './at-most.js';
import type { Directory } from './password-directory.js';

export const ldapOptions = z.strictObject({
  url: z.url({ protocol: /^ldaps?$/ }),
  /** Whether to upgrade an `ldap:` connection to TLS before anything is said (RFC 4511 s.4.14). */
  startTls: z.boolean().default(false),
  /** Certificates of authorities, in PEM, to trust instead of the well-known ones. */
  ca: z.string().optional(),
  /** Who searches; without one, anybody may. */
  bindDn: z.string().optional(),
  bindPassword: z.string().optional(),
  /** Below which entries are searched. */
  base: z.string().min(1),
  /** Which entry is meant (RFC 4515); `{username}` stands for the name. */
  filter: z
    .string()
    .default('(uid={username})')
    .refine((text) => text.includes('{username}'), '{username} is missing')
    .refine((text) => {
      try {
        FilterParser.parseString(text.replaceAll('{username}', 'x'));
        return true;
      } catch {
        return false;
      }
    }, 'not a filter'),
  /** Milliseconds. */
  timeout: z.int().min(100).default(5_000),
});

export type LdapOptions = z.output<typeof ldapOptions>;

/** Connections at once, and logins that wait for one. */
const connections = 8;
const line = 256;

export class LdapDirectory implements Directory {
  readonly #atMost = new AtMost(connections, line);

  constructor(private readonly options: LdapOptions) {}

  check(username: string, password: string): Promise<boolean> {
    // A bind without password is one of nobody in particular, and succeeds (RFC 4513 s.5.1.2).
    if (password === '') return Promise.resolve(false);
    return this.#connected(async (client) => {
      const entry = await this.#find(client, username);
      // An entry that is not there takes as long to refuse as one that is.
      const dn = entry ?? `cn=${randomUUID()},${this.options.base}`;
      try {
        await client.bind(dn, password);
        return entry !== undefined;
      } catch (error) {
        if (error instanceof InvalidCredentialsError || error instanceof NoSuchObjectError) return false;
        if (entry === undefined) return false;
        throw error;
      }
    });
  }

  exists(username: string): Promise<boolean> {
    return this.#connected(async (client) => (await this.#find(client, username)) !== undefined);
  }

  /** The one entry that the name stands for. */
  async #find(client: Client, username: string): Promise<string | undefined> {
    const { base, filter, bindDn, bindPassword } = this.options;
    if (bindDn !== undefined) await client.bind(bindDn, bindPassword);
    const { searchEntries } = await client.search(base, {
      scope: 'sub',
      filter: filter.replaceAll('{username}', () => escapeFilter`${username}`),
      attributes: ['1.1'],
      sizeLimit: 2,
    });
    return searchEntries.length === 1 ? searchEntries[0]?.dn : undefined;
  }

  #connected<T>(use: (client: Client) => Promise<T>): Promise<T> {
    const { url, startTls, ca, timeout } = this.options;
    const tlsOptions = ca === undefined ? {} : { ca };
    return this.#atMost.run(async () => {
      const secure = url.startsWith('ldaps:');
      const client = new Client({ url, timeout, connectTimeout: timeout, ...(secure ? { tlsOptions } : {}) });
      try {
        if (startTls && !secure) await client.startTLS(tlsOptions);
        return await use(client);
      } finally {
        await client.unbind().catch(() => undefined);
      }
    });
  }
}
