import { describe, expect, it } from 'vitest';

import { KeyframeRequests } from './keyframe-requests.js';

describe('keyframe requests', () => {
  it('are sent at once, then not again within 200 ms', () => {
    const requests = new KeyframeRequests();
    expect(requests.request(1000, 'a')).toBe(true);
    expect(requests.request(1100, 'b')).toBe(false);
    expect(requests.request(1200, 'c')).toBe(true);
  });

  it('that came too soon are sent later, unless a keyframe has come', () => {
    const requests = new KeyframeRequests();
    requests.request(1000, 'a');
    requests.request(1100, 'b');
    expect(requests.due(1150)).toBe(false);
    expect(requests.due(1200)).toBe(true);
    expect(requests.due(1500)).toBe(false);
    requests.request(1300, 'c');
    requests.keyframeArrived(1000);
    expect(requests.due(2000)).toBe(false);
  });

  it('of one receiver are three in ten seconds', () => {
    const requests = new KeyframeRequests();
    const sent = [0, 1000, 2000, 3000, 9000, 10_000].filter((now) => requests.request(now, 'a'));
    expect(sent).toEqual([0, 1000, 2000, 10_000]);
    expect(requests.request(10_500, 'b')).toBe(true);
  });

  it('of the bridge itself are held back by the source alone', () => {
    const requests = new KeyframeRequests();
    const sent = [0, 200, 400, 600, 700].filter((now) => requests.request(now, undefined));
    expect(sent).toEqual([0, 200, 400, 600]);
  });
});
