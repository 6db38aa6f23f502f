import { beforeEach, describe, expect, it } from 'vitest';

import { TemporalFilter } from './temporal-filter.js';

const KEY = 100;

describe('the filter of temporal layers', () => {
  let filter: TemporalFilter;
  beforeEach(() => {
    filter = new TemporalFilter();
    filter.begin(KEY);
  });
  const isSent = (picture: number, temporal: number, target: number, sync = false): boolean =>
    filter.accept(picture, temporal, target, sync);

  it('sends whatever comes, in whatever order, while nothing was left out', () => {
    expect(isSent(104, 0, 2)).toBe(true);
    expect(isSent(103, 2, 2)).toBe(true);
    expect(isSent(102, 1, 2)).toBe(true);
    expect(isSent(101, 2, 2, true)).toBe(true);
  });

  it('goes on with a layer where a frame of it depends on the lowest alone', () => {
    expect(isSent(102, 1, 0)).toBe(false);
    expect(isSent(106, 1, 1)).toBe(false);
    expect(isSent(110, 1, 1, true)).toBe(true);
    expect(isSent(114, 1, 1)).toBe(true);
  });

  it('does not take a frame that comes late for one from which on a layer needs nothing older', () => {
    expect(isSent(106, 1, 0)).toBe(false);
    expect(isSent(102, 1, 1, true)).toBe(true);
    expect(isSent(110, 1, 1)).toBe(false);
  });

  it('leaves out a late frame that depends on what was left out, though the layer has begun again since', () => {
    expect(isSent(102, 1, 0)).toBe(false);
    expect(isSent(110, 1, 1, true)).toBe(true);
    expect(isSent(106, 1, 1)).toBe(false);
    expect(isSent(114, 1, 1)).toBe(true);
  });

  it('leaves out what is built on a late frame that was left out', () => {
    expect(isSent(103, 2, 2)).toBe(true);
    expect(isSent(102, 1, 0)).toBe(false);
    expect(isSent(107, 2, 2)).toBe(false);
    expect(isSent(106, 1, 2)).toBe(false);
  });

  it('sends late frames from the oldest on with which a layer has begun again', () => {
    expect(isSent(102, 1, 0)).toBe(false);
    expect(isSent(114, 1, 1, true)).toBe(true);
    expect(isSent(106, 1, 1, true)).toBe(true);
    expect(isSent(110, 1, 1)).toBe(true);
  });

  it('begins all layers again with a keyframe, not with one that is older than what was left out', () => {
    expect(isSent(106, 1, 0)).toBe(false);
    filter.keyframe(104);
    expect(isSent(110, 1, 1)).toBe(false);
    filter.keyframe(112);
    expect(isSent(114, 1, 1)).toBe(true);
    expect(isSent(115, 2, 2)).toBe(true);
  });
});
