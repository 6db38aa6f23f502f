import { describe, expect, it } from 'vitest';
import { limitEncodings } from './simulcast.js';

const encodings = (count: number): RTCRtpEncodingParameters[] =>
  Array.from({ length: count }, () => ({ active: true }));

function limited(count: number, height: number, maxHeight: number) {
  const list = encodings(count);
  limitEncodings(list, height, maxHeight);
  return list;
}

describe('the encodings of a camera', () => {
  it('double in height up to the camera’s', () => {
    expect(limited(3, 720, -1)).toEqual([
      { active: true, scaleResolutionDownBy: 4, maxBitrate: 200_000 },
      { active: true, scaleResolutionDownBy: 2, maxBitrate: 700_000 },
      { active: true, scaleResolutionDownBy: 1, maxBitrate: 2_500_000 },
    ]);
  });

  it.each(['VP9', 'AV1'])('are layers of one encoding in %s, as many as are needed', (codec) => {
    const first = (maxHeight: number) => {
      const list = encodings(3);
      limitEncodings(list, 720, maxHeight, codec);
      expect(list.slice(1).map(({ active }) => active)).toEqual([false, false]);
      return list[0];
    };
    const layers = (mode: string, scale: number, maxBitrate: number, active = true) => ({
      active,
      scaleResolutionDownBy: scale,
      maxBitrate,
      scalabilityMode: mode,
    });
    expect(first(-1)).toEqual(layers('L3T3_KEY', 1, 2_500_000));
    expect(first(360)).toEqual(layers('L2T3_KEY', 2, 700_000));
    expect(first(180)).toEqual(layers('L1T3', 4, 200_000));
    expect(first(0)).toEqual(layers('L1T3', 4, 200_000, false));
  });

  it.each([
    [720, [true, true, true]],
    [360, [true, true, false]],
    [180, [true, false, false]],
    [90, [true, false, false]],
    [0, [false, false, false]],
  ])('for %i lines are those that are needed', (maxHeight, active) => {
    expect(limited(3, 720, maxHeight).map((encoding) => encoding.active)).toEqual(active);
  });

  it('is one where the browser has no simulcast: as high as is needed', () => {
    expect(limited(1, 720, 180)).toEqual([{ active: true, scaleResolutionDownBy: 4, maxBitrate: 200_000 }]);
    expect(limited(1, 720, -1)).toEqual([{ active: true, scaleResolutionDownBy: 1, maxBitrate: 2_500_000 }]);
    expect(limited(1, 720, 0)[0]!.active).toBe(false);
  });
});
