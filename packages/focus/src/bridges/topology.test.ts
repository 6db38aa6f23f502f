/** Which bridges of a conference are linked, and what becomes of that when bridges go. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Topology } from './topology.js';

const least = (_: string, core: readonly string[], leavesOf: (bridge: string) => number) =>
  [...core].sort((a, b) => leavesOf(a) - leavesOf(b))[0];

/** `a b V` are two bridges of participants and one of visitors, in that order. */
const topologyOf = (bridges: string): Topology<string> => {
  const topology = new Topology(least);
  for (const bridge of bridges.split(' ')) topology.add(bridge, bridge === bridge.toUpperCase());
  return topology;
};
const links = (topology: Topology<string>) =>
  topology.pairs().map(({ ends, core }) => `${ends.join('-')}${core ? '' : ' apart'}`);

describe('bridges', () => {
  it('of participants are linked each with each', () => {
    expect(links(topologyOf('a b c'))).toEqual(['a-b', 'a-c', 'b-c']);
  });

  it('of visitors hang on one of them each, and not on the same', () => {
    expect(links(topologyOf('a b V W'))).toEqual(['a-b', 'a-V apart', 'b-W apart']);
  });

  it('reach each other by those', () => {
    const topology = topologyOf('a b V W');
    topology.pairs();
    expect(topology.nextHop('V', 'W')).toBe('a');
    expect(topology.nextHop('a', 'W')).toBe('b');
    expect(topology.nextHop('b', 'W')).toBe('W');
    expect(topology.behind('V', 'a')).toEqual(['a', 'b', 'W']);
    expect(topology.behind('a', 'b')).toEqual(['b', 'W']);
    expect(topology.behind('a', 'V')).toEqual(['V']);
  });

  it('of visitors hang on another one when theirs goes', () => {
    const topology = topologyOf('a b V W');
    topology.pairs();
    topology.remove('a');
    expect(links(topology)).toEqual(['b-V apart', 'b-W apart']);
  });

  it('of visitors go on by themselves when all others are gone, and are joined by who comes', () => {
    const topology = topologyOf('a V W');
    topology.pairs();
    topology.remove('a');
    expect(links(topology)).toEqual(['V-W apart']);
    topology.add('c', false);
    expect(links(topology)).toEqual(['V-W apart', 'V-c']);
  });
});

it('leads from each bridge to each other one, whatever comes and goes', () => {
  const step = fc.record({
    bridge: fc.integer({ min: 0, max: 7 }),
    comes: fc.boolean(),
    visitors: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const topology = new Topology<string>(least);
      const there = new Set<string>();
      for (const { bridge, comes, visitors } of steps) {
        const name = String(bridge);
        if (comes) {
          topology.add(name, visitors);
          there.add(name);
        } else {
          topology.remove(name);
          there.delete(name);
        }
        const linked = new Set(topology.pairs().flatMap(({ ends: [a, b] }) => [`${a}-${b}`, `${b}-${a}`]));
        for (const from of there) {
          const neighbours = [...there].filter((each) => linked.has(`${from}-${each}`));
          const reached = neighbours.flatMap((each) => topology.behind(from, each));
          expect(reached.sort()).toEqual([...there].filter((each) => each !== from).sort());
        }
      }
    }),
  );
});
