import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { endpoints, openConference } from '../conference/scene.test.support.js';
import { VirtualClock } from '../virtual-clock.test.support.js';
import { Bridge } from './bridge.js';
import { redistributeLoad } from './load-redistribution.js';
import { focusSettings } from '../options.js';

const MINUTE = 60_000;
const { bridges: settings } = focusSettings.parse({ domain: 'meet.example' });
const options = { ...settings.loadRedistribution, enabled: true };

describe('a bridge that has too much to do', () => {
  let clock: VirtualClock;
  let bridges: Bridge[];
  let moved: string[];
  const bridge = (name: string, stress: number) => {
    const made = new Bridge(name, settings);
    made.report({ stress_level: String(stress) });
    return made;
  };
  const watch = (overrides: Partial<typeof options> = {}) =>
    redistributeLoad({
      clock,
      log: pino({ level: 'silent' }),
      options: { ...options, ...overrides },
      bridges: () => bridges,
      move: ({ jid }, count) => ({ movedEndpoints: moved.push(`${count} from ${jid}`) }),
    });
  beforeEach(() => {
    clock = new VirtualClock();
    bridges = [bridge('busy', 0.9), bridge('free', 0.5)];
    moved = [];
  });

  it('loses some participants, and is then left alone for a while', async () => {
    watch();
    await clock.advance(MINUTE);
    expect(moved).toEqual(['10 from busy']);
    await clock.advance(2 * MINUTE);
    expect(moved).toHaveLength(1);
    await clock.advance(MINUTE);
    expect(moved).toEqual(['10 from busy', '10 from busy']);
  });

  it('keeps them where no bridge has room for them', async () => {
    bridges = [bridge('busy', 0.9), bridge('other', 0.8)];
    watch();
    await clock.advance(10 * MINUTE);
    expect(moved).toEqual([]);
  });

  it('keeps them when it is only loaded, or nobody wants that, or the watch has ended', async () => {
    watch({ enabled: false });
    watch()();
    await clock.advance(10 * MINUTE);
    bridges = [bridge('loaded', 0.89), bridge('free', 0.5)];
    watch();
    await clock.advance(10 * MINUTE);
    expect(moved).toEqual([]);
  });
});

it('participants of a conference move to the bridge that has room', async () => {
  const {
    stage,
    bridge: one,
    pair,
  } = await openConference({
    bridges: { relays: true, strategy: 'region-based', loadRedistribution: { enabled: true, endpoints: 1 } },
  });
  stage.reportBridge(one, { relay_id: 'jvb1', stress_level: '0.1', drain: 'false' });
  const two = await stage.addBridge('jvb2', { relay_id: 'jvb2', stress_level: '0.3' });
  await pair();
  expect(endpoints(two)).toEqual([]);
  stage.reportBridge(one, { stress_level: '0.95' });
  await stage.clock.advance(MINUTE);
  expect(endpoints(two)).toEqual(['create aaaa']);
});
