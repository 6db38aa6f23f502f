/**
 * In-Band Registration (XEP-0077): people change their passwords and remove their accounts. That strangers make accounts is an
 * option, and off.
 */
import { z } from 'zod';
import { el, stanzaError } from '@conclave/signaling';
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
});

export const registration = defineModule({
  name: 'registration',
  options,
  load({ host, onUnload }, { open, accountsPerAddress, period }) {
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
          accounts.remove(own).catch((error: unknown) => {
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
