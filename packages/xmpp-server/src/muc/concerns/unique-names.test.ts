import type { Element } from '@conclave/signaling';
import { expect, it } from 'vitest';
import { garden } from '../testing/verona.js';

it('gives names that nobody comes upon, and another one each time', async () => {
  const { stage } = garden();
  const answers = stage.host.iq.find('host', 'get', 'unique', 'http://jabber.org/protocol/muc#unique');
  const ask = async (): Promise<string> => ((await answers?.(undefined as never)) as Element).getText();
  const [one, other] = [await ask(), await ask()];
  expect(one).toMatch(/^[0-9a-f]{32}$/);
  expect(other).not.toBe(one);
});
