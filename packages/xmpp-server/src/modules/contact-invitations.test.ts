/** Contacts by invitation (XEP-0379, XEP-0401), told by the inviter, an invited and a stranger. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configured } from '../host/module-set.js';
import { Dialogue, withModule, type Actor } from '../testing/dialogue.js';
import type { InvitationRequest, Invitations } from './invitations/invitations.js';
import { userInvitations } from './user-invitations.js';

let stage: Dialogue;
let romeo: Actor;
let juliet: Actor;
let mallory: Actor;

async function enter(options: object = {}): Promise<void> {
  stage = await Dialogue.open(
    withModule(configured(userInvitations, { page: 'https://verona.lit/invite/', ...options })),
  );
  romeo = await (await stage.client('romeo', 'orchard')).comesOnline();
  juliet = await (await stage.client('juliet', 'balcony')).comesOnline();
  mallory = await (await stage.client('mallory', 'alley')).comesOnline();
}

beforeEach(() => enter());
afterEach(() => stage.close());

const invitations = () => stage.hosts.offered('verona.lit', 'invitations') as Invitations;
const invite = async (request: Partial<InvitationRequest> = {}): Promise<string> =>
  (await invitations().create({ kind: 'contact', inviter: 'romeo', lifetime: 60, ...request })).token;
const subscribe = (to: Actor, token: string) =>
  `<presence to='${to.bare}' type='subscribe'><preauth xmlns='urn:xmpp:pars:0' token='${token}'/></presence>`;

async function subscriptionTo(actor: Actor, contact: string): Promise<string> {
  actor.ignoresAll();
  await actor.sends("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
  const query = actor.inbox.find(({ attrs }) => attrs['id'] === 'r')?.getChild('query');
  const item = query?.getChildByAttr('jid', `${contact}@verona.lit`);
  return `${String(item?.attrs['subscription'] ?? 'none')}${item?.attrs['ask'] === undefined ? '' : '+ask'}`;
}

describe('who shows a token', () => {
  it('is let in without a question, asked back, and has used it up', async () => {
    const token = await invite();
    await juliet.sends(subscribe(romeo, token));
    expect(romeo.inbox.some(({ attrs }) => attrs['type'] === 'subscribe')).toBe(false);
    expect(juliet.inbox.map(({ attrs }) => String(attrs['type']))).toContain('subscribe');
    expect(await subscriptionTo(juliet, 'romeo')).toBe('to');
    await juliet.sends(`<presence to='${romeo.bare}' type='subscribed'/>`);
    expect(await subscriptionTo(juliet, 'romeo')).toBe('both');
    expect(await subscriptionTo(romeo, 'juliet')).toBe('both');
    stage.everybodyIgnoresAll();
    await mallory.sends(subscribe(romeo, token));
    romeo.receives(`<presence type='subscribe' from='${mallory.bare}'/>`);
    expect(await subscriptionTo(mallory, 'romeo')).toBe('none+ask');
  });

  it.each<[string, () => Promise<string>]>([
    ['none', () => Promise.resolve('guessed')],
    ['somebody else’s', () => invite({ inviter: 'juliet' })],
    ['for an account', () => invite({ kind: 'account', inviter: undefined })],
    ['too old', () => invite({ lifetime: -1 })],
  ])('that is %s asks like anybody', async (_, token) => {
    await mallory.sends(subscribe(romeo, await token()));
    const request = romeo.receives(`<presence type='subscribe' from='${mallory.bare}'/>`);
    // What the token is, is nobody's business.
    expect(request.getChild('preauth')).toBeUndefined();
    expect(await subscriptionTo(mallory, 'romeo')).toBe('none+ask');
  });

  it('finds it worthless once it is revoked', async () => {
    const token = await invite();
    const [open] = await invitations().list();
    expect(open).toMatchObject({ kind: 'contact', inviter: 'romeo' });
    expect(JSON.stringify(open)).not.toContain(token);
    expect(await invitations().revoke('no such id')).toBe(false);
    expect(await invitations().revoke(open?.id ?? '')).toBe(true);
    await juliet.sends(subscribe(romeo, token));
    romeo.receives("<presence type='subscribe'/>");
    expect(await invitations().list()).toEqual([]);
  });
});

describe('who makes an account by an invitation', () => {
  it('is the inviter’s contact from the start, where that is granted', async () => {
    const token = await invite({ mayRegister: true });
    await invitations().redeem(token, 'Benvolio', 'secret');
    await stage.settles();
    const benvolio = await stage.client('benvolio', 'street');
    expect(await subscriptionTo(benvolio, 'romeo')).toBe('both');
    expect(await subscriptionTo(romeo, 'benvolio')).toBe('both');
    await expect(invitations().redeem(token, 'tybalt', 'x')).rejects.toThrow('no such invitation');
  });

  it('needs one that grants it', async () => {
    const token = await invite();
    await expect(invitations().redeem(token, 'benvolio', 'secret')).rejects.toThrow('makes no account');
    expect(await invitations().take(token, 'romeo')).toBe(true);
  });
});

describe('an invitation', () => {
  it('goes with the account of who has made it', async () => {
    await invite();
    await stage.removeAccount('romeo');
    expect(await invitations().list()).toEqual([]);
  });

  it('is one of not too many of a person', async () => {
    for (let i = 0; i < 50; i++) await invite();
    await expect(invite()).rejects.toMatchObject({ code: 'too-many' });
    await invite({ inviter: 'juliet' });
  });
});

describe('people', () => {
  const namespace = 'http://jabber.org/protocol/commands';
  const command = (node: string, attributes = '', payload = '') =>
    `<iq type='set' id='1' to='verona.lit'><command xmlns='${namespace}' node='urn:xmpp:invite#${node}' ${attributes}>${payload}</command></iq>`;
  const forbidden = "<iq type='error'><error><forbidden/></error></iq>";

  it('invite nobody, unless the operator lets them', async () => {
    for (const node of ['invite', 'create-account']) {
      await romeo.sends(command(node));
      romeo.receives(forbidden);
    }
  });

  it('get a link of their own', async () => {
    stage.close();
    await enter({ contacts: true, accounts: true });
    await romeo.sends(command('invite'));
    const form = String(
      romeo.receives("<iq type='result'><command status='completed'><x type='result'/></command></iq>"),
    );
    const [, token = ''] = /https:\/\/verona\.lit\/invite\/([\w-]+)</.exec(form) ?? [];
    expect(form).toContain(`xmpp:romeo@verona.lit?roster;preauth=${token};ibr=y`);
    expect(await invitations().look(token)).toMatchObject({ inviter: 'romeo', mayRegister: true });
    const guest = stage.stranger('4711@guest.verona.lit/hall');
    await guest.sends(command('invite'));
    guest.receives(forbidden);
  });

  it('make invitations to an account, if they are named for that', async () => {
    stage.close();
    await enter({ admins: ['romeo@verona.lit'] });
    await romeo.sends(command('create-account'));
    const begun = romeo.receives(
      "<iq type='result'><command status='executing'><x type='form'/></command></iq>",
    );
    const id = String(begun.getChild('command')?.attrs['sessionid']);
    const form = `<x xmlns='jabber:x:data' type='submit'><field var='username'><value>Benvolio</value></field>
      <field var='roster-subscription'><value>1</value></field></x>`;
    await romeo.sends(command('create-account', `sessionid='${id}'`, form));
    expect(String(romeo.receives("<iq type='result'><command status='completed'/></iq>"))).toContain(
      'xmpp:benvolio@verona.lit?register;preauth=',
    );
    expect(await invitations().list()).toMatchObject([{ username: 'benvolio', inviter: 'romeo' }]);
  });
});
