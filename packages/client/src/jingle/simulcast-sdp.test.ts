import { parse } from 'sdp-transform';
import { describe, expect, it } from 'vitest';
import { answerContents } from './answer-sdp.js';
import { answerSdp } from './offer.test.support.js';
import { chooseSsrcs, withSimulcast } from './simulcast-sdp.js';

/** 0.1, 0.2, … */
function counting(): () => number {
  let count = 0;
  return () => (count += 0.1);
}

const ssrcs = chooseSsrcs(answerSdp, counting())!;

describe('simulcast in the answer', () => {
  it('is three pairs of primary and RTX, the browser’s own first', () => {
    expect(ssrcs[0]).toEqual([3002, 3003]);
    expect(ssrcs.map((pair) => pair.length)).toEqual([2, 2, 2]);
    expect(new Set(ssrcs.flat()).size).toBe(6);
  });

  it('stands as SIM and FID groups in the SDP, and so in the session-accept', () => {
    const sdp = withSimulcast(answerSdp, ssrcs);
    const video = parse(sdp).media.find(({ mid }) => mid === 'video');
    expect(video?.ssrcs?.map(({ id, value }) => [id, value])).toEqual(ssrcs.flat().map((id) => [id, 'me']));
    const content = answerContents(sdp, { endpoint: 'e' }).find(({ name }) => name === 'video');
    expect(content?.description?.sources.groups).toEqual([
      { semantics: 'SIM', ssrcs: ssrcs.map(([primary]) => primary) },
      ...ssrcs.map((pair) => ({ semantics: 'FID', ssrcs: pair })),
    ]);
    expect(content?.description?.sources.sources.every(({ name }) => name === 'e-v0')).toBe(true);
  });

  it('is not written twice', () => {
    const once = withSimulcast(answerSdp, ssrcs);
    expect(withSimulcast(once, ssrcs)).toBe(once);
  });

  it('is nothing where no video is sent', () => {
    const silent = answerSdp.replace('a=mid:video\r\na=sendrecv', 'a=mid:video\r\na=recvonly');
    expect(chooseSsrcs(silent, counting())).toBeUndefined();
    expect(withSimulcast(silent, ssrcs)).toBe(silent);
  });

  it('does without RTX where the browser has none', () => {
    const plain = answerSdp.replace('a=ssrc-group:FID 3002 3003\r\n', '');
    expect(chooseSsrcs(plain, counting())!.map((pair) => pair.length)).toEqual([1, 1, 1]);
  });
});
