/**
 * Accounts by invitation, on the wire: a client shows its token before it registers (XEP-0401, XEP-0445). The web page for the
 * same (`invitations/http.ts`) asks what this module offers.
 */
import { z } from 'zod';
import { attribute, el, stanzaError } from '@conclave/signaling';
import type { IqReply, LoginIq } from '../host/host.js';
import { defineModule } from '../host/module.js';
import { LoginThrottle } from '../session/login-throttle.js';
import { InvalidInvitation, Invitations } from './invitations/invitations.js';
import {
  isRegister,
  missing,
  readRegistration,
  registrationError,
  registrationForm,
} from './registration/query.js';

const preAuth = 'urn:xmpp:pars:0';

export const invitations = defineModule<object, Invitations | undefined>({
  name: 'invitations',
  options: z.strictObject({}),
  load({ host, storage, onUnload }) {
    const accounts = host.accountStore;
    if (accounts === undefined) return undefined;
    const invited = new Invitations(host, accounts, storage);
    const throttle = new LoginThrottle();
    /** What each stream has shown. */
    const tokens = new WeakMap<LoginIq['stream'], string>();

    const show = async ({ payload, stream }: LoginIq): Promise<IqReply> => {
      if (!stream.confidential) return stanzaError('policy-violation', 'Tokens need an encrypted stream');
      if (throttle.refuses(stream.address)) return stanzaError('resource-constraint');
      const token = attribute(payload, 'token') ?? '';
      const invitation = await invited.look(token);
      const isGood = invitation !== undefined && (invitation.kind === 'reset' || invitation.mayRegister);
      if (!isGood) {
        if (invitation === undefined) throttle.failed(stream.address);
        return { type: 'cancel', condition: 'forbidden', text: 'The invitation is invalid or has expired' };
      }
      tokens.set(stream, token);
      return null;
    };

    const register = async ({ type, payload, stream }: LoginIq, token: string): Promise<IqReply> => {
      if (type === 'get') {
        const invitation = await invited.look(token);
        const words =
          invitation?.username === undefined ? 'Choose a name and a password.' : 'Choose a password.';
        return registrationForm(words, invitation?.username);
      }
      const { remove, username, password } = readRegistration(payload);
      if (remove) return stanzaError('registration-required');
      if (!stream.confidential) return stanzaError('policy-violation', 'Passwords need an encrypted stream');
      if (username === undefined) return missing('username');
      if (password === undefined) return missing('password');
      try {
        await invited.redeem(token, username, password);
      } catch (error) {
        if (error instanceof InvalidInvitation) return needed;
        return registrationError(error);
      }
      tokens.delete(stream);
      host.log.info({ username, address: stream.address }, 'an invitation was accepted');
      return null;
    };

    onUnload(
      host.hooks.on('login-iq', (iq) => {
        const { type, payload, stream } = iq;
        if (type === 'set' && payload.name === 'preauth' && attribute(payload, 'xmlns') === preAuth)
          return show(iq);
        const token = tokens.get(stream);
        return token !== undefined && isRegister(payload) ? register(iq, token) : undefined;
      }),
    );
    onUnload(
      host.hooks.on('account-removed', ({ username, until }) => {
        until(invited.forget(username));
      }),
    );
    // Where nobody else lets strangers in.
    onUnload(host.hooks.on('login-iq', ({ payload }) => (isRegister(payload) ? needed : undefined), -10));
    onUnload(host.loginFeatures.add(el('register', { xmlns: 'urn:xmpp:ibr-token:0' })));
    onUnload(host.loginFeatures.add(el('register', { xmlns: 'urn:xmpp:invite' })));
    return invited;
  },
});

const needed = stanzaError('not-acceptable', 'An account needs an invitation');
