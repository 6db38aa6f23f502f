/** A feed of media as JSON. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type MediaPacket, MediaJsonWriter, readMediaJson } from './media-json.js';

const format = { encoding: 'opus', sampleRate: 48_000, channels: 2, parameters: { useinbandfec: '1' } };
const packet = (more: Partial<MediaPacket> = {}): MediaPacket => ({
  tag: 'alice-a0',
  endpointId: 'alice',
  ssrc: 1,
  payloadType: 111,
  format,
  chunk: 70_000,
  timestamp: 960,
  at: 0,
  payload: Buffer.from('sound'),
  level: undefined,
  diarize: false,
  ...more,
});

const read = (events: readonly string[]): unknown[] => events.map((event) => JSON.parse(event) as unknown);
const timestamps = (events: readonly string[]): string[] =>
  read(events).flatMap((event) => (event as { media?: { timestamp: string } }).media?.timestamp ?? []);

describe('a packet', () => {
  it('follows the description of its track', () => {
    const writer = new MediaJsonWriter();
    expect(read(writer.media(packet({ level: { value: 30, voice: true }, diarize: true })))).toEqual([
      {
        event: 'start',
        sequenceNumber: '0',
        start: {
          tag: 'alice-a0',
          mediaFormat: format,
          customParameters: { endpointId: 'alice' },
          diarize: true,
        },
      },
      {
        event: 'media',
        sequenceNumber: '1',
        media: {
          tag: 'alice-a0',
          chunk: '70000',
          timestamp: '0',
          payload: Buffer.from('sound').toString('base64'),
          audioLevel: 30,
          vad: true,
        },
      },
    ]);
    expect(read(writer.media(packet({ chunk: 70_001, timestamp: 1920 })))).toMatchObject([
      { event: 'media', sequenceNumber: '2', media: { chunk: '70001', timestamp: '960' } },
    ]);
  });

  it('of another format has its track described anew, which goes on in time', () => {
    const writer = new MediaJsonWriter();
    writer.media(packet());
    const events = writer.media(packet({ payloadType: 112, timestamp: 1920 }));
    expect(read(events)).toMatchObject([{ event: 'start' }, { event: 'media' }]);
    expect(timestamps(events)).toEqual(['960']);
  });

  it('is placed in a time that all tracks have in common, and that does not turn over', () => {
    const writer = new MediaJsonWriter();
    expect(timestamps(writer.media(packet({ timestamp: 0xffff_fff0, at: 500 })))).toEqual(['24000']);
    expect(timestamps(writer.media(packet({ timestamp: 0x3b0 })))).toEqual(['24960']);
    expect(timestamps(writer.media(packet({ timestamp: 0xffff_fc30 })))).toEqual(['23040']);
    expect(timestamps(writer.media(packet({ ssrc: 2, timestamp: 77, at: 1000 })))).toEqual(['48000']);
  });
});

describe('what a service says', () => {
  it.each([
    ['{"event":"ping","id":3}', { event: 'ping', id: 3 }],
    ['{"event":"pong","id":3}', { event: 'pong', id: 3 }],
    [
      '{"event":"transcription-result","text":"hello"}',
      { event: 'transcription-result', fields: { event: 'transcription-result', text: 'hello' } },
    ],
    [
      '{"event":"media","media":{"tag":"a-a0.de","chunk":"7","timestamp":"960","payload":"c291bmQ="}}',
      { event: 'media', tag: 'a-a0.de', chunk: 7, timestamp: 960, payload: Buffer.from('sound') },
    ],
    ['{"event":"media","media":{"tag":"a-a0.de","chunk":7,"timestamp":-1,"payload":"c291bmQ="}}', undefined],
    ['{"event":"media","media":{"tag":"a-a0.de","chunk":"7","timestamp":"960","payload":""}}', undefined],
    [
      `{"event":"media","media":{"tag":"a","chunk":"7","timestamp":"960","payload":"${'A'.repeat(2000)}"}}`,
      undefined,
    ],
    ['{"event":"media"}', undefined],
    [
      '{"event":"start","start":{"tag":"a-a0.de","timestamp":"960"}}',
      { event: 'start', tag: 'a-a0.de', timestamp: 960 },
    ],
    [
      '{"event":"stop","stop":{"tag":"a-a0.de"},"timestamp":960}',
      { event: 'stop', tag: 'a-a0.de', timestamp: 960 },
    ],
    ['{"event":"start","start":{"tag":"a-a0.de"}}', { event: 'other' }],
    ['{"event":"start","start":{"tag":"a-a0.de","timestamp":-1}}', undefined],
    ['{"event":"sources","exports":[],"requests":[]}', { event: 'other' }],
    ['{"event":"session-end"}', { event: 'other' }],
    ['{"event":"info","application":"transcriber"}', { event: 'info' }],
    [`{"event":"transcription-result","text":${'['.repeat(8000)}${']'.repeat(8000)}}`, undefined],
    ['{"event":"pong","id":"3"}', undefined],
    ['{"event":"other"}', undefined],
    ['[]', undefined],
    ['null', undefined],
    ['{', undefined],
  ])('%s', (text, event) => {
    expect(readMediaJson(text)).toEqual(event);
  });

  it('may be anything', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void readMediaJson(text)));
  });
});
