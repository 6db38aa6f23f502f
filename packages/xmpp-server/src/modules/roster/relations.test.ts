/** What must be true of any story between users, however it goes: fast-check tells them at random. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Dialogue, type Actor } from '../../testing/dialogue.js';
import { storedRoster } from './contact.js';
import { meaning, type Meaning } from './subscription.js';

const names = ['romeo', 'juliet', 'tybalt'];

const deed = fc.record({
  who: fc.constantFrom(...names),
  whom: fc.constantFrom(...names),
  what: fc.constantFrom(
    'subscribe',
    'subscribed',
    'unsubscribe',
    'unsubscribed',
    'add',
    'remove',
    'available',
    'away',
    'unavailable',
    'probe',
    'gone',
  ),
});

class Story {
  readonly actors = new Map<string, Actor>();

  constructor(readonly stage: Dialogue) {}

  async act({ who, whom, what }: { who: string; whom: string; what: string }): Promise<void> {
    const actor = this.actors.get(who) ?? (await this.stage.client(who, 'here'));
    this.actors.set(who, actor);
    const to = `${whom}@verona.lit`;
    const item = (more: string) =>
      `<iq type='set' id='1'><query xmlns='jabber:iq:roster'><item jid='${to}' ${more}/></query></iq>`;
    if (what === 'add') return actor.sends(item("name='x'"));
    if (what === 'remove') return actor.sends(item("subscription='remove'"));
    if (what === 'available') return actor.sends('<presence/>');
    if (what === 'away') return actor.sends('<presence><show>away</show></presence>');
    if (what === 'unavailable') return actor.sends("<presence type='unavailable'/>");
    if (what === 'gone') {
      this.actors.delete(who);
      return actor.vanishes();
    }
    return actor.sends(`<presence type='${what}' to='${to}'/>`);
  }

  async relation(of: string, to: string): Promise<Meaning> {
    const stored = await this.stage.storage.keyval('verona.lit', 'roster', storedRoster).get(of);
    const contact = stored?.contacts.find(({ jid }) => jid === `${to}@verona.lit`);
    return meaning(contact?.state ?? 'none');
  }

  async relations(): Promise<Map<string, Meaning>> {
    const all = new Map<string, Meaning>();
    for (const of of names) for (const to of names) all.set(`${of} ${to}`, await this.relation(of, to));
    return all;
  }
}

describe('in any story of subscriptions', () => {
  it('both sides know the same, and presence reaches only who may see it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { maxLength: 40 }), async (deeds) => {
        const stage = await Dialogue.open();
        for (const name of names) await stage.account(name);
        const story = new Story(stage);
        let before = await story.relations();
        for (const next of deeds) {
          await story.act(next);
          const after = await story.relations();
          for (const [pair, mine] of after) {
            const [of = '', to = ''] = pair.split(' ');
            const theirs = after.get(`${to} ${of}`);
            if (of !== to) {
              expect([mine.sees, mine.isSeen, mine.asks, mine.isAsked]).toEqual([
                theirs?.isSeen,
                theirs?.sees,
                theirs?.isAsked,
                theirs?.asks,
              ]);
            }
            const told = story.actors
              .get(of)
              ?.inbox.filter(
                ({ name, attrs }) =>
                  name === 'presence' &&
                  (attrs['type'] === undefined || attrs['type'] === 'unavailable') &&
                  String(attrs['from']).startsWith(`${to}@`),
              );
            const mayKnow = of === to || mine.sees || before.get(pair)?.sees === true;
            if (!mayKnow) expect(told ?? []).toEqual([]);
          }
          stage.everybodyIgnoresAll();
          before = after;
        }
        stage.close();
      }),
      { numRuns: 60 },
    );
  });
});
