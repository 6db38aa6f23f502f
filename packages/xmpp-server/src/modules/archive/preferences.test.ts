/** Whose messages an account has archived (XEP-0441). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asks, enter, juliet, namespace, refused, romeo, says, stage } from '../../testing/archive-scene.js';

beforeEach(() => enter());
afterEach(() => stage.close());

describe('preferences (XEP-0441)', () => {
  it('are to keep nothing, unless the operator or the account says otherwise', async () => {
    stage.close();
    await enter('usual');
    await says('1');
    await wishes('always');
    await says('2');
    expect((await asks(romeo)).found).toBe('');
    expect((await asks(juliet)).found).toBe('2');
  });

  const prefs = (policy: string, always = '', never = ''): string => {
    const list = (name: string, jid: string) => `<${name}>${jid === '' ? '' : `<jid>${jid}</jid>`}</${name}>`;
    return `<prefs xmlns='${namespace}' default='${policy}'>${list('always', always)}${list('never', never)}</prefs>`;
  };
  const wishes = (policy: string, always = '', never = ''): Promise<void> =>
    juliet.sends(`<iq type='set' id='p'>${prefs(policy, always, never)}</iq>`);

  it('are kept, and told', async () => {
    await juliet.sends(`<iq type='get' id='p'><prefs xmlns='${namespace}'/></iq>`);
    juliet.receives(`<iq type='result' id='p'>${prefs('always')}</iq>`);
    await wishes('roster', 'a@b.lit', 'c@d.lit/e');
    juliet.receives(`<iq type='result' id='p'>${prefs('roster', 'a@b.lit', 'c@d.lit/e')}</iq>`);
    await juliet.sends(`<iq type='get' id='p'><prefs xmlns='${namespace}'/></iq>`);
    juliet.receives(`<iq type='result' id='p'>${prefs('roster', 'a@b.lit', 'c@d.lit/e')}</iq>`);
  });

  it.each([
    ['never', '', '', ''],
    ['never', 'romeo@verona.lit', '', '12'],
    ['always', '', 'romeo@verona.lit', ''],
    ['always', '', 'romeo@verona.lit/elsewhere', '12'],
    ['roster', '', '', ''],
    ['roster', 'romeo@verona.lit/orchard', '', '12'],
  ])('%s, but always %j and never %j: %j', async (policy, always, never, found) => {
    await wishes(policy, always, never);
    juliet.ignoresAll();
    await says('1');
    // With her preferences still to be read.
    await says('2');
    const ids = juliet.inbox.map(({ attrs }) => String(attrs['id'])).join('');
    expect(ids).toBe('12');
    expect(
      juliet.inbox.every((message) => (message.getChild('stanza-id') === undefined) === (found === '')),
    ).toBe(true);
    expect((await asks(juliet)).found).toBe(found);
    expect((await asks(romeo)).found).toBe('12');
  });

  it('count contacts where contacts count', async () => {
    await juliet.sends(
      "<iq type='set' id='r'><query xmlns='jabber:iq:roster'><item jid='romeo@verona.lit'/></query></iq>",
    );
    await wishes('roster');
    await says('1');
    expect((await asks(juliet)).found).toBe('1');
  });

  it.each([
    ['no policy', prefs('sometimes'), 'bad-request'],
    ['no JID', prefs('always', '@'), 'jid-malformed'],
    [
      'too many',
      `<prefs xmlns='${namespace}' default='always'><never>${Array.from({ length: 201 }, (_, i) => `<jid>a${i}@b</jid>`).join('')}</never></prefs>`,
      'resource-constraint',
    ],
  ])('that are %s are refused', async (_, xml, condition) => {
    await juliet.sends(`<iq type='set' id='q'>${xml}</iq>`);
    juliet.receives(refused(condition));
  });
});
