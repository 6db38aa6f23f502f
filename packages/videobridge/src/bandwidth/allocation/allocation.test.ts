import type { SourceVideoType } from '@conclave/signaling';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type Layer, layerIndex } from '../../receive/encoding-layers.js';
import { allocate, type Claim } from './allocate.js';
import { candidateLayers, withinFrameRate } from './candidate-layers.js';
import { effectiveConstraints, type OrderedSource } from './effective-constraints.js';
import { ReceiverConstraints } from './receiver-constraints.js';

/** A camera of three encodings with three frame rates each, in kbit/s as Chromium sends them. */
const camera = (
  rates: readonly (readonly number[])[] = [
    [50, 100, 150],
    [250, 375, 500],
    [1250, 1850, 2500],
  ],
): Layer[] =>
  rates.flatMap((temporal, encoding) =>
    temporal.map((rate, index) => ({
      index: layerIndex(encoding, 0, index),
      height: 180 << encoding,
      frameRate: 7.5 * 2 ** index,
      bitrate: rate * 1000,
    })),
  );

const short = (index: number): string =>
  index < 0 ? 'no' : `${180 << (index >> 6)}p${7.5 * 2 ** (index & 7)}`;

const claim = (
  maxHeight: number,
  onStage = false,
  videoType: SourceVideoType = 'camera',
  layers = camera(),
): Claim => ({
  candidates: candidateLayers(layers, videoType, maxHeight, onStage),
  maxHeight,
  onStage,
});

const share = (claims: readonly Claim[], kbps: number): string[] =>
  allocate(claims, kbps * 1000).targets.map(short);

describe('the layers in question', () => {
  const of = (...args: Parameters<typeof candidateLayers>): string[] =>
    candidateLayers(...args).layers.map(({ index }) => short(index));

  it('of a large camera are all frame rates while it is small, then the full one', () => {
    expect(of(camera(), 'camera', 720, false)).toEqual(['180p7.5', '180p15', '180p30', '360p30', '720p30']);
    expect(of(camera(), 'camera', 360, false)).toEqual(['180p7.5', '180p15', '180p30', '360p30']);
    expect(of(camera(), 'camera', 180, false)).toEqual(['180p7.5', '180p15', '180p30']);
    expect(of(camera(), 'camera', 0, false)).toEqual([]);
  });

  it('are those that are sent; any, while nothing is', () => {
    const top = camera([
      [50, 100, 150],
      [250, 375, 500],
      [0, 0, 0],
    ]);
    expect(of(top, 'camera', -1, false)).toEqual(['180p7.5', '180p15', '180p30', '360p30']);
    expect(
      of(
        camera([
          [0, 0, 0],
          [0, 0, 0],
          [0, 0, 0],
        ]),
        'camera',
        -1,
        false,
      ),
    ).toHaveLength(5);
  });

  it('are the lowest where even that is too high', () => {
    expect(of(camera(), 'camera', 90, false)).toEqual(['180p7.5', '180p15', '180p30']);
    expect(of(camera(), 'desktop', 90, true)).toEqual(['180p7.5', '180p15', '180p30']);
  });

  it('are counted for a little more where they are above the one that is sent, so that none is begun to be given up again', () => {
    const sent = (camera()[1] as Layer).index;
    const { layers } = candidateLayers(camera(), 'camera', 180, false, sent);
    expect(layers.map(({ bitrate }) => Math.round(bitrate / 1000))).toEqual([50, 100, 173]);
    const none = candidateLayers(camera(), 'camera', 180, false, -1);
    expect(none.layers.map(({ bitrate }) => Math.round(bitrate / 1000))).toEqual([57, 115, 173]);
  });

  it('do not grow beyond the picture that is sent while it is held, although more is wanted; its frames may', () => {
    const sent = (camera()[1] as Layer).index;
    const held = {
      candidates: candidateLayers(camera(), 'camera', 720, true, sent, true),
      maxHeight: 720,
      onStage: true,
    };
    const { targets, bitrate, idealBitrate } = allocate([held, claim(180)], 10_000_000);
    expect(targets.map(short)).toEqual(['180p30', '180p30']);
    expect(idealBitrate).toBeGreaterThan(2 * bitrate);
    const none = { ...held, candidates: candidateLayers(camera(), 'camera', 720, true, -1, true) };
    expect(allocate([none, claim(180)], 10_000_000).targets.map(short)).toEqual(['no', '180p30']);
  });

  it('have no more frames than the receiver wants, but the fewest there are', () => {
    const slow = (maxFrameRate: number) =>
      withinFrameRate(camera(), maxFrameRate).map(({ index }) => short(index));
    expect(slow(-1)).toHaveLength(9);
    expect(slow(15)).toEqual(['180p7.5', '180p15', '360p7.5', '360p15', '720p7.5', '720p15']);
    expect(slow(1)).toEqual(['180p7.5', '360p7.5', '720p7.5']);
  });

  it('of a screen are all; on stage the cheapest of the sharpest may cost more than there is', () => {
    const { layers, oversend } = candidateLayers(camera(), 'desktop', -1, true);
    expect(layers).toHaveLength(9);
    expect(short(layers[oversend]!.index)).toBe('720p7.5');
    expect(candidateLayers(camera(), 'desktop', -1, false).oversend).toBe(-1);
  });
});

describe('the allocation', () => {
  it.each([
    [40, ['no', 'no', 'no']],
    [160, ['180p30', 'no', 'no']],
    [400, ['180p30', 'no', 'no']],
    [510, ['360p30', 'no', 'no']],
    [600, ['360p30', '180p7.5', 'no']],
    [830, ['360p30', '180p30', '180p30']],
    [2810, ['720p30', '180p30', '180p30']],
  ])('on stage view with %i kbit/s gives the stage its preferred quality first', (kbps, expected) => {
    expect(share([claim(720, true), claim(180), claim(180)], kbps)).toEqual(expected);
  });

  it.each([
    [120, ['180p7.5', '180p7.5', 'no']],
    [160, ['180p7.5', '180p7.5', '180p7.5']],
    [310, ['180p15', '180p15', '180p15']],
    [1000, ['360p30', '180p30', '180p30']],
    [1600, ['360p30', '360p30', '360p30']],
  ])('in tile view with %i kbit/s raises all alike', (kbps, expected) => {
    expect(share([claim(360), claim(360), claim(360)], kbps)).toEqual(expected);
  });

  it('exceeds the budget for a screen on stage alone, in the first place alone, by a little', () => {
    const screen = claim(-1, true, 'desktop');
    expect(share([screen, claim(180)], 800)).toEqual(['720p7.5', 'no']);
    expect(allocate([screen], 800_000).oversending).toBe(true);
    expect(share([claim(720, true)], 800)).toEqual(['360p30']);
    expect(share([claim(180), screen], 800)[1]).not.toBe('720p7.5');
  });

  it('spends nothing on what may not be sent', () => {
    expect(share([claim(0, true), claim(180)], 1000)).toEqual(['no', '180p30']);
  });

  it('gives everything where the bandwidth is not known', () => {
    const { targets, bitrate, idealBitrate } = allocate([claim(720, true), claim(360), claim(180)], Infinity);
    expect(targets.map(short)).toEqual(['720p30', '360p30', '180p30']);
    expect(bitrate).toBe(idealBitrate);
  });

  it.each([NaN, -1, 0])('comes to an end and gives nothing with a budget of %s', (budget) => {
    expect(share([claim(720, true), claim(180)], budget)).toEqual(['no', 'no']);
  });

  it('never exceeds the budget for cameras, and with more budget never gives less in total', () => {
    const claims = fc.array(
      fc
        .tuple(fc.constantFrom(180, 360, 720, -1), fc.boolean())
        .map(([height, stage]) => claim(height, stage)),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(claims, fc.integer({ min: 0, max: 20_000_000 }), (list, budget) => {
        const { bitrate, targets } = allocate(list, budget);
        expect(bitrate).toBeLessThanOrEqual(budget);
        const generous = allocate(list, Infinity);
        targets.forEach((target, index) => expect(target).toBeLessThanOrEqual(generous.targets[index]!));
      }),
    );
  });
});

describe('the effective constraints', () => {
  const sources = ['a', 'b', 'c', 'd'].map((id): OrderedSource => ({
    name: `${id}-v0`,
    videoType: 'camera',
  }));
  const wishes = (message: Parameters<ReceiverConstraints['update']>[0]): ReceiverConstraints => {
    const constraints = new ReceiverConstraints();
    constraints.update(message);
    return constraints;
  };
  const of = (constraints: ReceiverConstraints, list = sources, bridgeLastN = -1): [string, number][] =>
    effectiveConstraints(list, constraints, bridgeLastN).map(({ source, maxHeight }) => [
      source.name[0]!,
      maxHeight,
    ]);

  it('are nothing before the receiver has said anything', () => {
    expect(of(new ReceiverConstraints()).every(([, height]) => height === 0)).toBe(true);
  });

  it('are small for what nothing was said of', () => {
    expect(of(wishes({ lastN: -1 }))).toEqual([
      ['a', 180],
      ['b', 180],
      ['c', 180],
      ['d', 180],
    ]);
  });

  it('follow the order of what is looked at, then of speech, and lastN cuts it off', () => {
    const asked = wishes({
      lastN: 3,
      onStageSources: ['d-v0'],
      selectedSources: ['c-v0', 'd-v0', 'gone-v0'],
      defaultConstraints: { maxHeight: 180 },
      constraints: new Map([['d-v0', { maxHeight: 720 }]]),
    });
    expect(of(asked)).toEqual([
      ['d', 720],
      ['c', 180],
      ['a', 180],
      ['b', 0],
    ]);
  });

  it('of those that the receiver does not want take no place', () => {
    const asked = wishes({ lastN: 2, constraints: new Map([['a-v0', { maxHeight: 0 }]]) });
    expect(of(asked)).toEqual([
      ['a', 0],
      ['b', 180],
      ['c', 180],
      ['d', 0],
    ]);
  });

  it('put sources that are off last, and send nothing of them', () => {
    const list = sources.map((source, index) =>
      index === 0 ? { ...source, videoType: 'none' as const } : source,
    );
    expect(of(wishes({ lastN: 1, selectedSources: ['a-v0'] }), list)).toEqual([
      ['b', 180],
      ['c', 0],
      ['d', 0],
      ['a', 0],
    ]);
  });

  it('obey the smallest of all limits', () => {
    expect(of(wishes({ lastN: 3 }), sources, 1).filter(([, height]) => height !== 0)).toHaveLength(1);
    expect(of(wishes({ lastN: 0 }), sources, 1).filter(([, height]) => height !== 0)).toHaveLength(0);
  });
});

describe('the wishes of a receiver', () => {
  it('keep what a message does not mention; a map of constraints replaces the one before', () => {
    const constraints = new ReceiverConstraints(5000);
    constraints.update({
      lastN: 5,
      constraints: new Map([['a', { maxHeight: 720 }]]),
      assumedBandwidthBps: 1000,
    });
    constraints.update({ onStageSources: ['b'], defaultConstraints: { maxHeight: 90 } });
    expect(constraints.assumedBandwidth).toBe(1000);
    expect([constraints.lastN, constraints.maxHeight('a'), constraints.maxHeight('b')]).toEqual([5, 720, 90]);
    constraints.update({ constraints: new Map(), assumedBandwidthBps: -1 });
    expect([constraints.maxHeight('a'), constraints.maxFrameRate('a')]).toEqual([90, -1]);
    constraints.update({ constraints: new Map([['a', { maxHeight: 720, maxFrameRate: 15 }]]) });
    expect([constraints.maxHeight('a'), constraints.maxFrameRate('a')]).toEqual([720, 15]);
    // No frames at all is nothing, however high.
    constraints.update({ constraints: new Map([['a', { maxHeight: 720, maxFrameRate: 0 }]]) });
    expect(constraints.maxHeight('a')).toBe(0);
    constraints.update({ constraints: new Map() });
    expect(constraints.assumedBandwidth).toBeUndefined();
  });

  it('do not make more bandwidth than operators let a receiver say to have, and none unless they do', () => {
    const most = [-1, 0, 800_000].map((limit) => {
      const constraints = new ReceiverConstraints(limit);
      constraints.update({ assumedBandwidthBps: 1e12 });
      return constraints.assumedBandwidth;
    });
    expect(most).toEqual([undefined, 0, 800_000]);
  });
});
