import { pino } from 'pino';
import { expect, it } from 'vitest';
import { focusSettings } from '../options.js';
import { VirtualClock } from '../virtual-clock.test.support.js';
import { BridgeTable, type BridgeTableContext } from './bridge-table.js';
import { LOAD } from './bridge-load.test.support.js';

it('A bridge that is taken for want of a better one is told of once each time that it ails', async () => {
  const clock = new VirtualClock();
  const told: string[] = [];
  const { bridges: settings } = focusSettings.parse({ domain: 'meet.example' });
  const table = new BridgeTable(
    {
      connection: {} as BridgeTableContext['connection'],
      clock,
      log: pino({ level: 'warn' }, { write: (line) => told.push((JSON.parse(line) as { msg: string }).msg) }),
      load: LOAD,
      health: { ...settings.healthChecks, intervalMs: 1000, usePresence: true },
      selection: {
        strategy: 'single',
        regions: { groups: [] },
        relays: false,
        mixedVersions: false,
        maxParticipants: 80,
        maxParticipantsPerInterval: 1000,
        participantsIntervalMs: 60_000,
      },
    },
    { bridgeAvailable: () => undefined, bridgeLost: () => undefined },
  );
  const says = async (healthy: boolean, seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      table.report('one', { healthy: String(healthy), drain: 'false' });
      await clock.advance(1000);
    }
  };
  const select = () => table.select({ inUse: [], participantRegion: undefined, visitor: false })?.jid;
  const warning = 'bridge takes participants though it ails: there is none better';
  for (let spell = 1; spell <= 2; spell += 1) {
    await says(true, 70);
    expect(select()).toBe('one');
    await says(false, 2);
    expect([select(), select(), select()]).toEqual(['one', 'one', 'one']);
    expect(told.filter((message) => message === warning)).toHaveLength(spell);
  }
  table.clear();
});
