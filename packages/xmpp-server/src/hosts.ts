/** Brings the planned hosts to life: their accounts, what they may be asked from where, and their modules. */
import type { Logger } from 'pino';
import { makeJid } from '@conclave/signaling';
import type { AccountProvider } from './accounts/account-provider.js';
import { foreignAccounts } from './accounts/authentication.js';
import { FastTokens } from './accounts/fast-tokens.js';
import { AnonymousAccounts } from './accounts/anonymous.js';
import { InternalHashedAccounts } from './accounts/internal-hashed.js';
import { LocalHost } from './host/local-host.js';
import type { Neighbour } from './host/module.js';
import { ModuleSet, type ModuleChanges } from './host/module-set.js';
import type { HostPlan } from './host-plan.js';
import type { ServerLimits } from './limits.js';
import type { Router } from './routing/router.js';
import type { SessionRegistry } from './session/session-registry.js';
import { storageOf, type Storage } from './storage/storage.js';

export interface HostsContext {
  readonly router: Router;
  readonly sessions: SessionRegistry;
  readonly storage: Storage;
  readonly limits: ServerLimits;
  readonly log: Logger;
}

export interface Hosts {
  /** Of the hosts that keep accounts, by name. */
  readonly accounts: ReadonlyMap<string, InternalHashedAccounts>;
  /**
   * Makes the modules of the planned hosts those of the running ones, as far as that can be done while they run. When those of
   * one host cannot be loaded it throws, and all hosts have the modules that they had. @returns by host
   */
  replaceModules(plans: readonly HostPlan[]): ReadonlyMap<string, ModuleChanges>;
  /** What a module on a host offers; undefined: it is not there. */
  offered(host: string, module: string): unknown;
  /** Unloads the modules of components: what rooms have to say at the end still reaches the clients. */
  unloadComponents(): void;
  /** Unloads all modules, components first. */
  unload(): void;
  /** Resolves when modules have kept what the end of the sessions has left to them. */
  settled(): Promise<void>;
}

export async function openHosts(plans: readonly HostPlan[], context: HostsContext): Promise<Hosts> {
  const { router, limits, log } = context;
  const accounts = new Map<string, InternalHashedAccounts>();
  const opened: { host: LocalHost; modules: ModuleSet }[] = [];
  const neighbour = (name: string): Neighbour => {
    const there = opened.find(({ host }) => host.name === name);
    if (there === undefined) throw new Error(`a module asks for ${name}, which is no host here`);
    return { host: there.host, offered: (module) => there.modules.offered(module) as never };
  };
  for (const plan of plans) {
    const { provider, tokens } = await openAccounts(plan, context);
    if (provider instanceof InternalHashedAccounts) accounts.set(plan.name, provider);
    const host = new LocalHost({
      name: plan.name,
      accounts: provider,
      accessibleFrom: plan.accessibleFrom,
      trusted: plan.trusted,
      tenants: plan.tenants,
      tokens,
      limits,
      log,
      route: (stanza) => router.route(stanza),
      pass: ({ stanza, from, to, origin }) => router.admit(stanza, from, to, origin),
      sessions: (account) => context.sessions.ofAccount(account),
    });
    router.addHost(host);
    opened.push({ host, modules: new ModuleSet(host, storageOf(context.storage, plan.name), neighbour) });
  }
  // Only now: a module may say something as soon as it is loaded.
  for (const [i, { host, modules }] of opened.entries()) {
    const plan = plans[i];
    if (host.kind === 'virtual') host.disco.identity({ category: 'server', type: 'im' });
    for (const item of plan?.items ?? []) host.disco.item(item);
    modules.loadAll(plan?.modules ?? []);
  }
  let current = plans;
  return {
    accounts,
    replaceModules: (wanted) => {
      const changes = new Map<string, ModuleChanges>();
      const replace = (to: readonly HostPlan[], host: LocalHost, modules: ModuleSet): void => {
        const plan = to.find(({ name }) => name === host.name);
        if (plan !== undefined) changes.set(host.name, modules.replaceAll(plan.modules));
      };
      try {
        for (const { host, modules } of opened) replace(wanted, host, modules);
      } catch (error) {
        for (const { host, modules } of opened) replace(current, host, modules);
        throw error;
      }
      current = wanted;
      return changes;
    },
    offered: (name, module) => opened.find(({ host }) => host.name === name)?.modules.offered(module),
    unloadComponents: () => unload(opened.filter(({ host }) => host.kind === 'component')),
    unload: () => {
      unload(opened.filter(({ host }) => host.kind === 'component'));
      unload(opened.filter(({ host }) => host.kind === 'virtual'));
    },
    settled: async () => {
      const waiting: Promise<unknown>[] = [];
      for (const { host } of opened)
        host.hooks.emit('stopping', { until: (done) => void waiting.push(done) });
      await Promise.allSettled(waiting);
    },
  };
}

function unload(hosts: readonly { readonly host: LocalHost; readonly modules: ModuleSet }[]): void {
  for (const { host, modules } of hosts) {
    modules.unloadAll();
    host.requests.dispose();
  }
}

async function openAccounts(
  { name, accounts }: HostPlan,
  { router, sessions, storage, limits, log }: HostsContext,
): Promise<{ provider: AccountProvider | undefined; tokens?: FastTokens }> {
  if (typeof accounts === 'object') return { provider: foreignAccounts(name, accounts, log) };
  switch (accounts) {
    case 'none':
      return { provider: undefined };
    case 'anonymous':
      return { provider: new AnonymousAccounts() };
    case 'internal_hashed': {
      const tokens = new FastTokens(storageOf(storage, name), name, () => limits.tokenLifetime);
      const provider = await InternalHashedAccounts.open(
        storage,
        name,
        limits.scramIterations,
        async (username, change, except) => {
          // What a session was admitted by is no longer true: it ends, and with it any right to be resumed.
          const condition = change === 'password-changed' ? 'reset' : 'not-authorized';
          const account = makeJid(username, name);
          router.host(name)?.credentialChanges.note(username);
          await tokens.revoke(username);
          for (const session of sessions.ofAccount(account)) {
            if (session !== except) session.close(condition);
          }
          if (change !== 'removed') return;
          const waiting: Promise<unknown>[] = [];
          const until = (done: Promise<unknown>): void => void waiting.push(done);
          router.host(name)?.hooks.emit('account-removed', { username, account, until });
          await Promise.allSettled(waiting);
          await storage.purge(name, username);
        },
      );
      return { provider, tokens };
    }
  }
}
