import { afterEach, expect, it } from 'vitest';
import { Dialogue } from '../testing/dialogue.js';
import { choose, type ModuleChoice } from './module-choice.js';

let stage: Dialogue | undefined;

async function open(choice: ModuleChoice): Promise<Dialogue> {
  stage = await Dialogue.open((plans) =>
    plans.map((plan) =>
      plan.name === 'verona.lit' ? { ...plan, modules: choose(plan.name, plan.modules, choice) } : plan,
    ),
  );
  return stage;
}

afterEach(() => {
  stage?.close();
  stage = undefined;
});

it('leaves out what is not wanted', async () => {
  const { router } = await open({ carbons: false });
  expect(router.host('verona.lit')?.disco.features).not.toContain('urn:xmpp:carbons:2');
  expect(router.host('verona.lit')?.disco.features).toContain('vcard-temp');
});

it('leaves out also what cannot be without that', async () => {
  const { hosts } = await open({ roster: false });
  for (const name of ['roster', 'presence', 'pep', 'bookmarks']) {
    expect(hosts.offered('verona.lit', name)).toBeUndefined();
  }
  expect(hosts.offered('verona.lit', 'disco')).toBeDefined();
});

it('loads with other options', async () => {
  const dialogue = await open({ version: { version: '9.9' } });
  const romeo = await dialogue.client('romeo', 'orchard');
  await romeo.sends("<iq type='get' id='1' to='verona.lit'><query xmlns='jabber:iq:version'/></iq>");
  romeo.receives("<iq type='result'><query><name>Conclave</name><version>9.9</version></query></iq>");
});

it.each<[string, ModuleChoice, string]>([
  ['a module that does not exist', { carbon: false }, 'there is no module carbon on verona.lit'],
  ['options that do not exist', { offline: { maxMesages: 1 } }, 'maxMesages'],
])('refuses %s', async (_, choice, message) => {
  await expect(open(choice)).rejects.toThrow(message);
});
