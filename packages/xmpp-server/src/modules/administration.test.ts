/** Commands (XEP-0050), as administrators use them (XEP-0133). */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { configured } from '../host/module-set.js';
import { Dialogue, withModule, type Actor } from '../testing/dialogue.js';
import { administration } from './administration.js';

const ns = 'http://jabber.org/protocol/commands';
const admin = 'http://jabber.org/protocol/admin#';

let stage: Dialogue;
let prince: Actor;
let romeo: Actor;

beforeEach(async () => {
  stage = await Dialogue.open(withModule(configured(administration, { admins: ['prince@verona.lit'] })));
  prince = await stage.client('prince', 'palace');
  romeo = await stage.client('romeo', 'orchard');
});

afterEach(() => stage.close());

const command = (node: string, attributes = '', payload = '') =>
  `<iq type='set' id='1' to='verona.lit'><command xmlns='${ns}' node='${admin}${node}' ${attributes}>${payload}</command></iq>`;
const items = `<iq type='get' id='1' to='verona.lit'>
  <query xmlns='http://jabber.org/protocol/disco#items' node='${ns}'/></iq>`;
const submit = (fields: Record<string, string>) =>
  `<x xmlns='jabber:x:data' type='submit'>${Object.entries(fields)
    .map(([name, value]) => `<field var='${name}'><value>${value}</value></field>`)
    .join('')}</x>`;
const error = (condition: string, detail = '') =>
  `<iq type='error'><error><${condition}/>${detail === '' ? '' : `<${detail} xmlns='${ns}'/>`}</error></iq>`;

/** Begins a command. @returns its session id */
async function begins(node: string): Promise<string> {
  await prince.sends(command(node));
  const answer = prince.receives(
    `<iq type='result'><command status='executing'><actions><complete/></actions><x type='form'/></command></iq>`,
  );
  return String(answer.getChild('command')?.attrs['sessionid']);
}

async function carriesOut(node: string, fields: Record<string, string>): Promise<void> {
  const id = await begins(node);
  await prince.sends(command(node, `sessionid='${id}'`, submit(fields)));
  // Passwords are hashed in a thread of their own.
  await vi.waitFor(() => expect(prince.inbox).not.toEqual([]));
}

const completed = "<iq type='result'><command status='completed'/></iq>";

describe('the list of commands', () => {
  it('shows to each what they may do', async () => {
    await prince.sends(items);
    prince.receives(`<iq type='result'><query><item jid='verona.lit' node='${admin}add-user'/></query></iq>`);
    await romeo.sends(items);
    expect(romeo.receives("<iq type='result'><query/></iq>").getChild('query')?.children).toEqual([]);
  });

  it('describes each', async () => {
    const info = `<iq type='get' id='1' to='verona.lit'>
      <query xmlns='http://jabber.org/protocol/disco#info' node='${admin}add-user'/></iq>`;
    await prince.sends(info);
    prince.receives(
      "<iq type='result'><query><identity category='automation' type='command-node'/></query></iq>",
    );
    await romeo.sends(info);
    romeo.receives(error('item-not-found'));
  });
});

describe('an administrator', () => {
  it('makes, changes and removes accounts', async () => {
    await carriesOut('add-user', {
      accountjid: 'benvolio@verona.lit',
      password: 'secret',
      'password-verify': 'secret',
    });
    prince.receives(completed);
    await carriesOut('add-user', { accountjid: 'benvolio@verona.lit', password: 'other' });
    prince.receives(error('conflict'));
    await carriesOut('change-user-password', { accountjid: 'benvolio@verona.lit', password: 'other' });
    prince.receives(completed);
    await prince.sends(command('get-registered-users-list'));
    prince.receives(
      `<iq type='result'><command status='completed'><x type='result'><field var='registereduserjids'>
        <value>benvolio@verona.lit</value><value>prince@verona.lit</value><value>romeo@verona.lit</value>
      </field></x></command></iq>`,
    );
    await carriesOut('delete-user', { accountjids: 'benvolio@verona.lit' });
    prince.receives(completed);
    await prince.sends(command('get-registered-users-num'));
    prince.receives(
      "<iq type='result'><command><x><field var='registeredusersnum'><value>2</value></field></x></command></iq>",
    );
  });

  it('sees who is online, speaks to all, and ends sessions', async () => {
    await prince.sends(command('get-online-users-list'));
    prince.receives(
      "<iq type='result'><command><x><field><value>prince@verona.lit</value><value>romeo@verona.lit</value></field></x></command></iq>",
    );
    await carriesOut('announce', { subject: 'Peace', announcement: 'Put up your swords' });
    romeo.receives(
      "<message type='headline' from='verona.lit'><subject>Peace</subject><body>Put up your swords</body></message>",
    );
    prince.ignoresAll();
    await carriesOut('end-user-session', { accountjids: romeo.bare });
    prince.receives(completed);
    expect(romeo.session.state).toBe('ended');
  });

  it.each<[string, Record<string, string>, string]>([
    ['add-user', { accountjid: 'x@elsewhere.lit', password: 'p' }, 'bad-request'],
    ['add-user', { accountjid: 'x@verona.lit', password: 'p', 'password-verify': 'q' }, 'not-acceptable'],
    ['add-user', { accountjid: 'x@verona.lit' }, 'not-acceptable'],
    ['change-user-password', { accountjid: 'nobody@verona.lit', password: 'p' }, 'item-not-found'],
    ['delete-user', {}, 'bad-request'],
    ['delete-user', { accountjids: 'nobody@verona.lit' }, 'item-not-found'],
    ['announce', { announcement: ' ' }, 'bad-request'],
  ])('is refused %s with %o', async (node, fields, condition) => {
    await carriesOut(node, fields);
    prince.receives(error(condition));
  });

  it('takes the steps of its own commands, once', async () => {
    const id = await begins('delete-user');
    await prince.sends(command('add-user', `sessionid='${id}'`, submit({})));
    prince.receives(error('bad-request', 'bad-sessionid'));
    await prince.sends(command('delete-user', `sessionid='${id}' action='prev'`, submit({})));
    prince.receives(error('bad-request', 'bad-action'));
    await prince.sends(command('delete-user', `sessionid='${id}'`));
    prince.receives(error('bad-request', 'bad-payload'));
    await prince.sends(command('delete-user', `sessionid='${id}' action='cancel'`));
    prince.receives("<iq type='result'><command status='canceled'/></iq>");
    await prince.sends(command('delete-user', `sessionid='${id}'`, submit({ accountjids: romeo.bare })));
    prince.receives(error('bad-request', 'bad-sessionid'));
  });
});

describe('an account that an administrator disables', () => {
  it('is online no longer, is listed, and comes back', async () => {
    await carriesOut('disable-user', { accountjids: romeo.bare });
    prince.receives(completed);
    expect(romeo.session.state).toBe('ended');
    await prince.sends(command('get-disabled-users-list'));
    prince.receives(
      `<iq type='result'><command><x><field var='disableduserjids'><value>${romeo.bare}</value></field></x></command></iq>`,
    );
    await carriesOut('reenable-user', { accountjids: romeo.bare });
    prince.receives(completed);
    await prince.sends(command('get-disabled-users-num'));
    prince.receives(
      "<iq type='result'><command><x><field var='disabledusersnum'><value>0</value></field></x></command></iq>",
    );
  });
});

describe('an administrator learns', () => {
  const about = async (node: string, expected: string) => {
    await carriesOut(node, { accountjids: romeo.bare });
    return prince.receives(`<iq type='result'><command status='completed'>${expected}</command></iq>`);
  };
  const value = (name: string, text: string) => `<field var='${name}'><value>${text}</value></field>`;

  it('whom somebody has in the roster, and what else is known', async () => {
    await romeo.sends(
      "<iq type='set' id='r'><query xmlns='jabber:iq:roster'><item jid='juliet@verona.lit'/></query></iq>",
    );
    await about('get-user-roster', "<query xmlns='jabber:iq:roster'><item jid='juliet@verona.lit'/></query>");
    await about('user-stats', `<x>${value('rostersize', '1')}${value('onlineresources', 'orchard')}</x>`);
  });

  it('when somebody was last there', async () => {
    await romeo.comesOnline();
    await romeo.sends("<presence type='unavailable'/>");
    await romeo.vanishes();
    const answer = await about('get-user-lastlogin', "<x><field var='lastlogin'/></x>");
    expect(String(answer)).toMatch(/<value>20\d\d-/);
  });

  it('who is there, and who is away from it', async () => {
    await prince.comesOnline();
    await romeo.sends('<presence><show>away</show></presence>');
    await prince.sends(command('get-idle-users-list'));
    prince.receives(`<iq><command><x>${value('idleuserjids', romeo.bare)}</x></command></iq>`);
    await prince.sends(command('get-active-users-list'));
    prince.receives(`<iq><command><x>${value('activeuserjids', prince.bare)}</x></command></iq>`);
  });
});

it('ends one session of several', async () => {
  const other = await stage.client('romeo', 'street');
  await carriesOut('end-user-session', { accountjids: romeo.jid });
  prince.receives(completed);
  expect([romeo.session.state, other.session.state]).toEqual(['ended', 'attached']);
});

describe('the message of the day', () => {
  const motd = (text: string) => `<message type='headline' from='verona.lit'><body>${text}</body></message>`;

  it('reaches those who are there and each who comes, once', async () => {
    await romeo.comesOnline();
    await carriesOut('set-motd', { motd: 'Peace' });
    romeo.receives(motd('Peace'));
    prince.ignoresAll();
    const juliet = await stage.client('juliet', 'balcony');
    await juliet.sends('<presence/>');
    juliet.receivesAll('<presence/>', motd('Peace'));
    const again = await stage.client('juliet', 'chamber');
    await again.sends('<presence/>');
    again.receivesAll('<presence/>', '<presence/>');
    stage.everybodyIgnoresAll();
    await prince.sends(command('edit-motd'));
    prince.receives(
      "<iq><command><x type='form'><field var='motd'><value>Peace</value></field></x></command></iq>",
    );
    await prince.sends(command('delete-motd'));
    prince.receives(completed);
    const late = await stage.client('benvolio', 'street');
    await late.sends('<presence/>');
    late.receives('<presence/>');
    late.receivesNothing();
  });
});

describe('the list of administrators', () => {
  it('is theirs to change, but for those whom the configuration names', async () => {
    await carriesOut('edit-admin', { adminjids: romeo.bare });
    prince.receives(completed);
    await romeo.sends(command('edit-admin'));
    romeo.receives(
      `<iq><command><x type='form'><field var='adminjids'><value>prince@verona.lit</value><value>romeo@verona.lit</value></field></x></command></iq>`,
    );
    await stage.removeAccount('romeo');
    romeo = await stage.client('romeo', 'orchard');
    await romeo.sends(command('get-online-users-num'));
    romeo.receives(error('forbidden'));
    await prince.sends(command('get-online-users-num'));
    prince.receives(completed);
  });

  it('takes accounts only', async () => {
    await carriesOut('edit-admin', { adminjids: 'verona.lit' });
    prince.receives(error('bad-request'));
  });
});

describe('nobody else', () => {
  it('may begin or finish a command', async () => {
    await romeo.sends(command('get-registered-users-list'));
    romeo.receives(error('forbidden'));
    const id = await begins('delete-user');
    await romeo.sends(command('delete-user', `sessionid='${id}'`, submit({ accountjids: prince.bare })));
    romeo.receives(error('forbidden'));
    await romeo.sends(command('no-such-command'));
    romeo.receives(error('item-not-found'));
  });

  it('is an administrator where none is named', async () => {
    stage.close();
    stage = await Dialogue.open();
    prince = await stage.client('prince', 'palace');
    await prince.sends(command('get-registered-users-list'));
    prince.receives(error('item-not-found'));
  });
});
