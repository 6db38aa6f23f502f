import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BridgeMessage, parseBridgeMessage, SignalingError, stringifyBridgeMessage } from '../index.js';

const messages: BridgeMessage[] = [
  { colibriClass: 'ClientHello' },
  { colibriClass: 'ServerHello', version: '1' },
  { colibriClass: 'EndpointMessage', to: 'b', from: 'a', msgPayload: { type: 'e2e-ping-request', id: 1 } },
  { colibriClass: 'EndpointStats', from: 'a', stats: { bitrate: { upload: 1 }, jvbRTT: 12 } },
  { colibriClass: 'LastNChangedEvent', lastN: -1 },
  { colibriClass: 'ReceiverVideoConstraints' },
  {
    colibriClass: 'ReceiverVideoConstraints',
    lastN: 20,
    selectedSources: [],
    onStageSources: ['c-v0'],
    defaultConstraints: { maxHeight: 180 },
    constraints: new Map([['c-v0', { maxHeight: 720 }]]),
    assumedBandwidthBps: 1_000_000,
  },
  { colibriClass: 'ReceiverAudioSubscription', all: true, include: ['a-a0'], exclude: [] },
  { colibriClass: 'SourceVideoTypeMessage', sourceName: 'a-v1', videoType: 'desktop' },
  { colibriClass: 'SenderSourceConstraints', sourceName: 'a-v0', maxHeight: 360 },
  { colibriClass: 'ForwardedSources', forwardedSources: ['a-v0'] },
  {
    colibriClass: 'VideoSourcesMap',
    mappedSources: [{ source: 'c-v0', owner: 'c', ssrc: 1011, rtx: -1, videoType: 'camera' }],
  },
  { colibriClass: 'AudioSourcesMap', mappedSources: [{ source: 'c-a0', owner: 'c', ssrc: 4294967295 }] },
  {
    colibriClass: 'DominantSpeakerEndpointChangeEvent',
    dominantSpeakerEndpoint: 'c',
    previousSpeakers: ['a'],
    silence: false,
  },
  { colibriClass: 'EndpointConnectivityStatusChangeEvent', endpoint: 'c', active: false },
  { colibriClass: 'ConnectionStats', estimatedDownlinkBandwidth: 2_500_000 },
  {
    colibriClass: 'AddReceiver',
    bridgeId: 'jvb-2',
    sourceName: 'c-v0',
    videoConstraints: { maxHeight: 720 },
  },
  { colibriClass: 'SourceVideoTypeMessage', endpointId: 'c', sourceName: 'c-v0', videoType: 'none' },
  { colibriClass: 'VideoTypeMessage', videoType: 'desktop' },
  {
    colibriClass: 'SyntheticSourceSendingChangeEvent',
    sourceName: 'c-a0.de',
    sending: true,
    timestamp: 4294967295,
  },
  { colibriClass: 'ReceiverVideoConstraints', defaultConstraints: { maxHeight: 180, maxFrameRate: 15 } },
  { colibriClass: 'EndpointMessage', to: '', msgPayload: 'a text', others: { type: 'x', topic: { id: 7 } } },
  { colibriClass: 'EndpointMessage', others: { reaction: null } },
];

const wire = (message: BridgeMessage): unknown => JSON.parse(stringifyBridgeMessage(message));

describe('a message of the bridge channel', () => {
  it.each(messages)('comes back as it was: $colibriClass', (message) => {
    expect(parseBridgeMessage(stringifyBridgeMessage(message))).toEqual(message);
  });

  it('has the types that clients insist on', () => {
    expect(wire(messages[14]!)).toMatchObject({ active: 'false' });
    expect(wire(messages[11]!)).toMatchObject({ mappedSources: [{ videoType: 'CAMERA', rtx: -1 }] });
    expect(wire(messages[3]!)).toEqual({
      colibriClass: 'EndpointStats',
      from: 'a',
      bitrate: { upload: 1 },
      jvbRTT: 12,
    });
  });

  it('keeps whatever else clients say to each other, but for who says it', () => {
    const said = { type: 'x', stats: [1], others: { to: 'z' }, __proto__x: 1, constructor: 'y' };
    const text = JSON.stringify({ ...said, colibriClass: 'EndpointMessage', from: 'mallory', to: 'b' });
    const message = parseBridgeMessage(text);
    expect(message).toEqual({ colibriClass: 'EndpointMessage', from: 'mallory', to: 'b', others: said });
    const vouched = { ...message, from: 'a' } as BridgeMessage;
    expect(wire(vouched)).toEqual({ ...said, colibriClass: 'EndpointMessage', from: 'a', to: 'b' });
  });

  it('reads what other bridges write', () => {
    const text =
      '{"colibriClass":"VideoSourcesMap","mappedSources":[{"source":"c-v0","owner":"c","ssrc":1,"rtx":"-1","videoType":"DESKTOP_HIGH_FPS","new":1}]}';
    expect(parseBridgeMessage(text)).toMatchObject({
      mappedSources: [{ rtx: -1, videoType: 'desktop_high_fps' }],
    });
  });

  it.each([
    ['{"mode":"All"}', { all: true, include: [], exclude: [] }],
    ['{"mode":"None"}', { all: false, include: [], exclude: [] }],
    ['{"mode":"Include","list":["b-a0"]}', { all: false, include: ['b-a0'], exclude: [] }],
    ['{"mode":"Exclude","list":["b-a0"]}', { all: true, include: [], exclude: ['b-a0'] }],
    ['{"all":true,"exclude":["b-a0"]}', { all: true, include: [], exclude: ['b-a0'] }],
    ['{}', { all: false, include: [], exclude: [] }],
  ])('subscribes to audio in either form: %s', (text, subscription) => {
    const said = { ...(JSON.parse(text) as object), colibriClass: 'ReceiverAudioSubscription' };
    expect(parseBridgeMessage(JSON.stringify(said))).toEqual({
      colibriClass: 'ReceiverAudioSubscription',
      ...subscription,
    });
  });

  it('may want as many lines, sources and frames as other bridges can be told', () => {
    const text =
      '{"colibriClass":"ReceiverVideoConstraints","lastN":2147483647,"defaultConstraints":{"maxHeight":2147483647,"maxFrameRate":29.97}}';
    expect(parseBridgeMessage(text)).toMatchObject({
      lastN: 2147483647,
      defaultConstraints: { maxHeight: 2147483647, maxFrameRate: 29.97 },
    });
  });

  it.each([
    'x',
    '[]',
    'null',
    '{}',
    '{"colibriClass":"toString"}',
    '{"colibriClass":"NoSuchThing"}',
    '{"colibriClass":"LastNChangedEvent","lastN":"1"}',
    '{"colibriClass":"LastNChangedEvent","lastN":1.5}',
    '{"colibriClass":"ReceiverAudioSubscription","mode":"most"}',
    '{"colibriClass":"ReceiverAudioSubscription","mode":"Include","list":[{}]}',
    '{"colibriClass":"ReceiverVideoConstraints","defaultConstraints":{"maxHeight":1,"maxFrameRate":"30"}}',
    '{"colibriClass":"EndpointMessage","to":7,"msgPayload":{}}',
    '{"colibriClass":"ReceiverVideoConstraints","constraints":{"a":{"maxHeight":1e99}}}',
    '{"colibriClass":"AudioSourcesMap","mappedSources":[{"source":"a","owner":"a","ssrc":4294967296}]}',
    '{"colibriClass":"SourceVideoTypeMessage","sourceName":"a-v0","videoType":"hologram"}',
  ])('is refused: %s', (text) => {
    expect(() => parseBridgeMessage(text)).toThrow(SignalingError);
  });

  it('may be nested, but not so deeply that it could not be passed on', () => {
    const nested = (depth: number): string =>
      `{"colibriClass":"EndpointMessage","msgPayload":{"text":"\\"[[[${'{'.repeat(100)}","x":${'['.repeat(depth)}${']'.repeat(depth)}}}`;
    const message = parseBridgeMessage(nested(60));
    expect(parseBridgeMessage(stringifyBridgeMessage(message))).toEqual(message);
    for (const depth of [63, 1000, 100_000])
      expect(() => parseBridgeMessage(nested(depth))).toThrow(SignalingError);
  });

  it('has fields of its own only, whatever they are called', () => {
    const text =
      '{"colibriClass":"EndpointStats","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
    expect(JSON.parse(stringifyBridgeMessage(parseBridgeMessage(text)))).toEqual(JSON.parse(text));
    expect(Object.getPrototypeOf(parseBridgeMessage(text))).toBe(Object.prototype);
    expect('polluted' in {}).toBe(false);
  });

  it('never fails but with a SignalingError', () => {
    const classes = messages.map((message) => message.colibriClass);
    const tampered = fc
      .tuple(fc.constantFrom(...classes), fc.object({ maxDepth: 2 }))
      .map(([colibriClass, rest]) => JSON.stringify({ ...rest, colibriClass }));
    fc.assert(
      fc.property(fc.oneof(tampered, fc.json(), fc.string()), (text) => {
        try {
          parseBridgeMessage(text);
        } catch (error) {
          expect(error).toBeInstanceOf(SignalingError);
        }
      }),
    );
  });
});
