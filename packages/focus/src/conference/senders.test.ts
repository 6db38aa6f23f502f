import { el } from '@conclave/signaling';
import { describe, expect, it } from 'vitest';
import { exhaustedMedia, sendingMedia } from './senders.js';

const sending = (info?: string | object) => {
  const text = typeof info === 'string' ? info : JSON.stringify(info);
  const presence = el('presence', {}, info === undefined ? undefined : el('SourceInfo', {}, text));
  return [...sendingMedia(presence)].sort();
};

describe('what a member sends', () => {
  it('is what its presence calls not muted', () => {
    expect(sending({ 'aaaa-a0': { muted: false }, 'aaaa-v0': { muted: true } })).toEqual(['audio']);
    expect(sending({ 'aaaa-v1': { muted: false, videoType: 'desktop' } })).toEqual(['video']);
    expect(
      sending({ x: { muted: false, mediaType: 'VIDEO' }, y: { muted: false, mediaType: 'AUDIO' } }),
    ).toEqual(['audio', 'video']);
  });

  it('is what an older client says of each medium', () => {
    const old = (...said: [string, string][]) => [
      ...sendingMedia(
        el(
          'presence',
          {},
          said.map(([name, value]) => el(name, {}, value)),
        ),
      ),
    ];
    expect(old(['audiomuted', 'false'], ['videomuted', 'true'])).toEqual(['audio']);
    expect(old(['videomuted', 'false'])).toEqual(['video']);
    expect(old(['audiomuted', 'false'], ['SourceInfo', '{}'])).toEqual([]);
  });

  it.each([
    [undefined],
    [{}],
    [{ 'aaaa-a0': {} }],
    ['{'],
    ['[]'],
    [{ 'aaaa-a0': { muted: 'no' } }],
    [{ 'aaaa-x0': { muted: false } }],
  ])('is nothing in %j', (info) => expect(sending(info)).toEqual([]));
});

describe('a limit of senders', () => {
  it('is reached medium by medium', () => {
    const members = [new Set(['audio' as const]), new Set(['audio' as const, 'video' as const])].map(
      (set) => ({
        sending: set,
      }),
    );
    const exhausted = (maxAudioSenders: number, maxVideoSenders: number) => [
      ...exhaustedMedia(members, { maxAudioSenders, maxVideoSenders }),
    ];
    expect(exhausted(3, 2)).toEqual([]);
    expect(exhausted(2, 2)).toEqual(['audio']);
    expect(exhausted(2, 1)).toEqual(['audio', 'video']);
  });
});
