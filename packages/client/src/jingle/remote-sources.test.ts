import { describe, expect, it } from 'vitest';
import { offer } from './offer.test.support.js';
import { remoteSources } from './remote-sources.js';

describe('the sources of an offer', () => {
  it('are those of both forms, the bridge first, one for each name', () => {
    expect(remoteSources(offer())).toEqual([
      { name: 'jvb-a0', media: 'audio', owner: 'jvb', videoType: 'camera', ssrcs: [1001], groups: [] },
      { name: 'jvb-v0', media: 'video', owner: 'jvb', videoType: 'camera', ssrcs: [1002], groups: [] },
      {
        name: 'a1b2c3d4-a0',
        media: 'audio',
        owner: 'a1b2c3d4',
        videoType: 'camera',
        ssrcs: [2003],
        groups: [],
      },
      {
        name: 'a1b2c3d4-v0',
        media: 'video',
        owner: 'a1b2c3d4',
        videoType: 'camera',
        ssrcs: [2001, 2002],
        groups: [{ semantics: 'FID', ssrcs: [2001, 2002] }],
      },
    ]);
  });

  it('take their owner from the name where nobody says it, and ignore foreign groups', () => {
    const description = {
      media: 'video' as const,
      payloadTypes: [],
      headerExtensions: [],
      extmapAllowMixed: false,
      rtcpMux: true,
      sources: {
        sources: [
          { ssrc: 7, name: 'bob-v1', videoType: 'desktop' as const },
          { ssrc: 8, owner: 'room@muc/eve' },
        ],
        groups: [{ semantics: 'FID' as const, ssrcs: [7, 99] }],
      },
    };
    const contents = [
      { name: 'video', creator: 'initiator' as const, senders: 'both' as const, description },
    ];
    expect(remoteSources({ contents })).toMatchObject([
      { name: 'bob-v1', owner: 'bob', videoType: 'desktop', groups: [] },
      { name: '8', owner: 'eve' },
    ]);
  });
});
