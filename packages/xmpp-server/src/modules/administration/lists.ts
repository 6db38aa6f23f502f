/** Which accounts there are, and which of them are used (XEP-0133 s.4.13 to s.4.22): how many, and their addresses. */
import { makeJid } from '@conclave/signaling';
import type { ClientSession } from '../../session/client-session.js';
import { result, type AdminCommand, type AdminContext } from './context.js';

export function listCommands({ host, accounts, online, maxListed }: AdminContext): readonly AdminCommand[] {
  const addresses = (usernames: readonly string[]): readonly string[] =>
    usernames.map((username) => makeJid(username, host.name).toString());
  const accountsOf = (sessions: readonly ClientSession[]): readonly string[] =>
    [...new Set(sessions.map(({ jid }) => jid.bare.toString()))].sort();

  const onlineNow = (): readonly string[] => accountsOf([...online]);
  const activeNow = (): readonly string[] => accountsOf([...online].filter((session) => !isIdle(session)));
  const idleNow = (): readonly string[] => {
    const active = new Set(activeNow());
    return onlineNow().filter((account) => !active.has(account));
  };

  /** @param kind as it stands in the names of nodes and fields */
  const pair = (
    kind: string,
    title: string,
    list: () => readonly string[] | Promise<readonly string[]>,
  ): AdminCommand[] => [
    {
      node: `get-${kind}-users-num`,
      name: `Number of ${title}`,
      run: async () => result({ name: `${kind}usersnum`, values: [String((await list()).length)] }),
    },
    {
      node: `get-${kind}-users-list`,
      name: `${title.charAt(0).toUpperCase()}${title.slice(1)}`,
      run: async () => result({ name: `${kind}userjids`, values: (await list()).slice(0, maxListed) }),
    },
  ];

  return [
    ...pair('registered', 'accounts', async () => addresses(await accounts.list())),
    ...pair('disabled', 'accounts that are disabled', () => addresses(accounts.listDisabled())),
    ...pair('online', 'accounts that are online', onlineNow),
    ...pair('active', 'accounts that are in use', activeNow),
    ...pair('idle', 'accounts that are online and not in use', idleNow),
  ];
}

/** Nobody is there, by what the client says of it (RFC 6121 s.4.7.2.1) or because it is not connected. */
function isIdle({ presence, isAsleep }: ClientSession): boolean {
  const show = presence?.getChildText('show');
  return presence === undefined || isAsleep || show === 'away' || show === 'xa';
}
