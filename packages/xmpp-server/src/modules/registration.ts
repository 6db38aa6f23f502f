/**
 * In-Band Registration (XEP-0077): people change their passwords and remove their accounts. That strangers make accounts is an
 * option, and off.
 */
import { z } from 'zod';
import { el, stanzaError, type StanzaError } from '@conclave/signaling';
import type { IqReply, IqRequest, LoginIq } from '../host/host.js';
import { defineModule } from '../host/module.js';
import {
  isRegister,
  missing,
  readRegistration,
  registerNamespace,
  registrationError,
  registrationForm,
} from './registration/query.js';
import { Quota } from './registration/quota.js';

const options = z.strictObject({
  /** Whether anybody may make an account. */
  open: z.boolean().default(false),
  /** Accounts that may be made from one address ... */
  accountsPerAddress: z.int().positive().default(3),
  /** ... in this time, in seconds. */
  period: z.int().positive().default(3600),
  /** Seconds between somebody's removing an account and its being gone: meanwhile it is disabled, and an administrator can enable it. */
  removalGrace: z.int().nonnegative().default(0),
});

/** Milliseconds between two looks at what is to be removed. */
const sweepEvery = 600_000;

/** Somebody who is no administrator is about to make an account of this name (a local part, as it was given). */
interface NameWanted {
  readonly username: string;
}

declare module '../host/host.js' {
  interface HostEvents {
    /** Who answers with an error refuses it. */
    'name-wanted': { payload: NameWanted; result: Promise<StanzaError | undefined> };
  }
}

export const registration = defineModule({
  name: 'registration',
  options,
  load({ host, onUnload }, { open, accountsPerAddress, period, removalGrace }) {
    const accounts = host.accountStore;
    if (accounts === undefined) return;

    const get = ({ from }: IqRequest): IqReply => {
      if (from.domain !== host.name) return stanzaError('not-allowed');
      const username = el('username', {}, from.local);
      return el('query', { xmlns: registerNamespace }, el('registered'), username, el('password'));
    };

    const set = async ({ from, origin, payload }: IqRequest): Promise<IqReply> => {
      const own = from.domain === host.name ? from.local : undefined;
      if (own === undefined || origin === undefined) return stanzaError('not-allowed');
      const { remove, username, password } = readRegistration(payload);
      if (remove) {
        // The answer has to reach its session before that ends.
        setImmediate(() => {
          const removeAt = new Date(Date.now() + removalGrace * 1000).toISOString();
          const gone = removalGrace === 0 ? accounts.remove(own) : accounts.disable(own, removeAt);
          gone.catch((error: unknown) => {
            host.log.error({ err: error, account: from.bare }, 'an account could not be removed');
          });
        });
        host.log.info({ account: from.bare }, 'account removed by its owner');
        return null;
      }
      if (username === undefined || password === undefined) return stanzaError('bad-request');
      if (username.toLowerCase() !== own) return stanzaError('bad-request', 'This is not your own name');
      try {
        await accounts.setPassword(own, password, origin);
      } catch (error) {
        return registrationError(error);
      }
      host.log.info({ account: from.bare }, 'password changed by its owner');
      return null;
    };

    const sweep = async (): Promise<void> => {
      const now = new Date().toISOString();
      for (const username of accounts.listDisabled()) {
        const { removeAt } = accounts.disabled(username) ?? {};
        if (removeAt === undefined || removeAt > now) continue;
        await accounts.remove(username);
        host.log.info({ username }, 'an account is gone whose owner has removed it');
      }
    };
    const sweepAndLog = (): void => {
      sweep().catch((error: unknown) => host.log.error({ err: error }, 'accounts could not be removed'));
    };
    sweepAndLog();
    const timer = setInterval(sweepAndLog, sweepEvery);
    timer.unref();
    onUnload(() => clearInterval(timer));

    const quota = new Quota(accountsPerAddress, period * 1000);
    const register = async ({ type, payload, stream }: LoginIq): Promise<IqReply> => {
      if (type === 'get') return registrationForm('Choose a name and a password.');
      const { remove, username, password } = readRegistration(payload);
      if (remove) return stanzaError('registration-required');
      if (!stream.confidential) return stanzaError('policy-violation', 'Passwords need an encrypted stream');
      if (username === undefined) return missing('username');
      if (password === undefined) return missing('password');
      if (!quota.take(stream.address)) {
        return { type: 'wait', condition: 'policy-violation', text: 'Too many accounts from this address' };
      }
      const refused = await host.hooks.emit('name-wanted', { username });
      if (refused !== undefined) return refused;
      try {
        await accounts.register(username, password);
      } catch (error) {
        return registrationError(error);
      }
      host.log.info({ username, address: stream.address }, 'account registered by a stranger');
      return null;
    };

    onUnload(host.disco.feature(registerNamespace));
    for (const address of ['host', 'account'] as const) {
      onUnload(host.iq.handle(address, 'get', 'query', registerNamespace, get));
      onUnload(host.iq.handle(address, 'set', 'query', registerNamespace, set));
    }
    if (!open) return;
    onUnload(host.hooks.on('login-iq', (iq) => (isRegister(iq.payload) ? register(iq) : undefined)));
    onUnload(host.loginFeatures.add(el('register', { xmlns: 'http://jabber.org/features/iq-register' })));
  },
});
