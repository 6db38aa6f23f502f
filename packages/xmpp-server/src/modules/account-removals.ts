/** For what keeps something of accounts of another host of this server: when one of them is removed, that goes too. */
import type { ModuleContext } from '../host/module.js';

/**
 * Calls `forget` with the bare JID of each account of `domains` that is removed, before its name can be had again.
 * Accounts of other servers go without a word.
 */
export function onAccountRemoval(
  { neighbour, onUnload }: Pick<ModuleContext, 'neighbour' | 'onUnload'>,
  domains: readonly string[],
  forget: (account: string) => Promise<unknown>,
): void {
  for (const domain of domains) {
    const there = neighbour(domain);
    onUnload(
      there.host.hooks.on('account-removed', ({ account, until }) => until(forget(account.toString()))),
    );
  }
}
