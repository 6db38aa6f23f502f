import fc from 'fast-check';
import { parse } from 'ltx';
import { describe, expect, it } from 'vitest';
import {
  colibriMedia,
  colibriSources,
  colibriTransport,
  description,
  iceTransport,
  sourcesByOwner,
  tampered,
  token,
} from './arbitraries.test.support.js';
import {
  type Dial,
  type Jibri,
  decodeDial,
  decodeJibri,
  encodeDial,
  encodeJibri,
  type ConferenceModified,
  type ConferenceModify,
  type ConferenceRequest,
  type ConferenceResponse,
  type Connect,
  decodeConferenceModified,
  decodeConferenceModify,
  decodeConferenceRequest,
  decodeConferenceResponse,
  decodeDataForm,
  decodeDiscoInfo,
  decodeJingle,
  type Element,
  encodeConferenceModified,
  encodeConferenceModify,
  encodeConferenceRequest,
  encodeConferenceResponse,
  encodeDataForm,
  encodeDiscoInfo,
  encodeJingle,
  type EndpointModify,
  type Jingle,
  type JingleContent,
  parseSources,
  type RelayModified,
  type RelayModify,
  SignalingError,
  stringifySources,
} from './index.js';

const optional = <T>(model: Record<string, fc.Arbitrary<unknown>>, ...requiredKeys: string[]) =>
  fc.record(model, { requiredKeys }) as unknown as fc.Arbitrary<T>;
const flag = fc.constant(true);
const text = fc.stringMatching(/^[A-Za-z0-9 <&"'☕]{0,20}$/);
const lastN = fc.integer({ min: -1, max: 100 });

/** As decoded: rtcp-mux, said in one place, counts for the description and the transport. */
const content = optional<JingleContent>(
  {
    name: token,
    creator: fc.constantFrom('initiator', 'responder'),
    senders: fc.constantFrom('both', 'initiator', 'responder', 'none', 'rejected'),
    description,
    transport: iceTransport,
    initialLastN: lastN,
  },
  'name',
  'creator',
  'senders',
).map((value) => {
  const rtcpMux = value.description?.rtcpMux === true || value.transport?.rtcpMux === true;
  return {
    ...value,
    ...(value.description && { description: { ...value.description, rtcpMux } }),
    ...(value.transport && { transport: { ...value.transport, rtcpMux } }),
  };
});

const jingle = optional<Jingle>(
  {
    action: fc.constantFrom('session-initiate', 'session-accept', 'source-add', 'transport-info'),
    sid: token,
    initiator: text,
    responder: text,
    contents: fc.array(content, { maxLength: 2 }),
    bundle: fc.array(token, { maxLength: 2 }),
    reason: optional({ condition: fc.constantFrom('success', 'expired'), text }, 'condition'),
    bridgeSession: optional(
      { id: token, region: text, restart: fc.boolean(), iceRestart: fc.boolean() },
      'id',
    ),
    iceState: fc.constantFrom('failed', 'connected'),
    startMuted: fc.record({ audio: fc.boolean(), video: fc.boolean() }),
    jsonSources: sourcesByOwner,
  },
  'action',
  'sid',
  'contents',
  'bundle',
);

const endpointModify = optional<EndpointModify>(
  {
    id: token,
    create: flag,
    expire: flag,
    statsId: text,
    mucRole: fc.constant('visitor'),
    diarize: flag,
    media: fc.array(colibriMedia, { maxLength: 2 }),
    transport: colibriTransport,
    sources: colibriSources,
    forceMute: fc.record({ audio: fc.boolean(), video: fc.boolean() }),
    initialLastN: lastN,
    capabilities: fc.array(token, { maxLength: 2 }),
  },
  'id',
  'media',
  'capabilities',
);

const relayModify = optional<RelayModify>(
  {
    id: token,
    create: flag,
    expire: flag,
    meshId: text,
    media: fc.array(colibriMedia, { maxLength: 2 }),
    transport: colibriTransport,
    endpoints: fc.array(endpointModify, { maxLength: 2 }),
  },
  'id',
  'media',
  'endpoints',
);

const connect = optional<Connect>(
  {
    id: token,
    create: flag,
    expire: flag,
    url: fc.constantFrom('wss://transcriber.example/a?b=c&d=e', 'ws://127.0.0.1:8080/'),
    protocol: fc.constant('mediajson'),
    type: fc.constantFrom('recorder', 'transcriber', 'translator'),
    audio: flag,
    video: flag,
    headers: fc.array(fc.record({ name: fc.stringMatching(/^[A-Za-z0-9-]{1,20}$/), value: text }), {
      maxLength: 2,
    }),
    ping: fc.record({ intervalMs: fc.integer({ min: 1, max: 60_000 }), timeoutMs: fc.constant(3_000) }),
    exports: fc.array(token, { maxLength: 2 }),
    requests: fc.array(token, { maxLength: 2 }),
  },
  'id',
  'url',
  'protocol',
  'type',
  'headers',
  'exports',
  'requests',
);

const conferenceModify = optional<ConferenceModify>(
  {
    meetingId: token,
    name: text,
    create: flag,
    expire: flag,
    endpoints: fc.array(endpointModify, { maxLength: 2 }),
    rtcStats: fc.constant(false),
    relays: fc.array(relayModify, { minLength: 1, maxLength: 2 }),
    connects: fc.array(connect, { maxLength: 2 }),
  },
  'meetingId',
  'endpoints',
);

const modified = { id: token, expire: flag, transport: colibriTransport };
const conferenceModified = optional<ConferenceModified>(
  {
    endpoints: fc.array(optional<ConferenceModified['endpoints'][number]>(modified, 'id'), { maxLength: 2 }),
    relays: fc.array(optional<RelayModified>(modified, 'id'), { minLength: 1, maxLength: 2 }),
    sources: colibriSources,
  },
  'endpoints',
  'sources',
);

const properties = fc.dictionary(token, text, { maxKeys: 3, noNullPrototype: true });
const said = fc.stringMatching(/^[A-Za-z0-9 <&"'☕]{1,20}$/);
const jibri = optional<Jibri>({
  action: fc.constantFrom('start', 'stop'),
  status: fc.constantFrom('on', 'off', 'pending'),
  mode: fc.constantFrom('file', 'stream'),
  room: said,
  sessionId: said,
  streamId: said,
  youTubeBroadcastId: said,
  sipAddress: said,
  displayName: said,
  appData: said,
  failureReason: said,
  shouldRetry: fc.boolean(),
});
const dial = optional<Dial>(
  { to: said, from: said, headers: fc.dictionary(token, text, { noNullPrototype: true, maxKeys: 5 }) },
  'to',
  'headers',
);
const request = optional<ConferenceRequest>(
  { room: token, machineUid: text, sessionId: text, token: text, properties },
  'room',
  'properties',
);
const response = optional<ConferenceResponse>(
  {
    room: token,
    ready: fc.boolean(),
    focusJid: text,
    sessionId: text,
    identity: text,
    vnode: text,
    properties,
  },
  'room',
  'ready',
  'properties',
);

const field = optional<Parameters<typeof encodeDataForm>[0]['fields'][number]>(
  {
    var: token,
    type: fc.constantFrom('boolean', 'list-single', 'hidden'),
    label: text,
    values: fc.array(text, { maxLength: 2 }),
    options: fc.array(optional({ label: text, value: text }, 'value'), { minLength: 1, maxLength: 2 }),
  },
  'var',
  'values',
);
const form = optional<Parameters<typeof encodeDataForm>[0]>(
  {
    type: fc.constantFrom('form', 'submit', 'cancel', 'result'),
    title: text,
    instructions: text,
    fields: fc.array(field, { maxLength: 3 }),
  },
  'type',
  'fields',
);
const discoInfo = optional<Parameters<typeof encodeDiscoInfo>[0]>(
  {
    node: text,
    identities: fc.array(
      optional({ category: token, type: token, name: text, lang: text }, 'category', 'type'),
      {
        maxLength: 2,
      },
    ),
    features: fc.array(token, { maxLength: 4 }),
    forms: fc.array(form, { maxLength: 2 }),
  },
  'identities',
  'features',
  'forms',
);

/** One codec under test, with its type closed over. */
function codec<T>(
  name: string,
  values: fc.Arbitrary<T>,
  encode: (value: T) => Element,
  decode: (element: Element) => T,
) {
  return {
    name,
    survivesTheWire: () =>
      fc.assert(
        fc.property(values, (value) => {
          expect(decode(parse(encode(value).toString()))).toEqual(value);
        }),
      ),
    refusesWithGrace: () =>
      fc.assert(
        fc.property(tampered(values.map(encode)), (element) => {
          try {
            decode(element);
          } catch (error) {
            expect(error).toBeInstanceOf(SignalingError);
          }
        }),
        { numRuns: 300 },
      ),
  };
}

describe.each([
  codec('Jingle', jingle, encodeJingle, decodeJingle),
  codec('conference-modify', conferenceModify, encodeConferenceModify, decodeConferenceModify),
  codec('conference-modified', conferenceModified, encodeConferenceModified, decodeConferenceModified),
  codec('a request of or to a recorder', jibri, encodeJibri, decodeJibri),
  codec('a dial', dial, encodeDial, decodeDial),
  codec('a conference request', request, encodeConferenceRequest, decodeConferenceRequest),
  codec('a conference response', response, encodeConferenceResponse, decodeConferenceResponse),
  codec('a data form', form, encodeDataForm, decodeDataForm),
  codec('service discovery', discoInfo, encodeDiscoInfo, decodeDiscoInfo),
])('$name', ({ survivesTheWire, refusesWithGrace }) => {
  it('comes back from the wire as it was', survivesTheWire);
  it(
    'is refused with a SignalingError, and nothing else, when somebody has tampered with it',
    refusesWithGrace,
  );
});

describe('sources in JSON', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(sourcesByOwner, (sources) => {
        expect(parseSources(stringifySources(sources))).toEqual(sources);
      }),
    );
  });

  it('are refused with a SignalingError, and nothing else, when malformed', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((json) => `{"sources":{"a":${json}}}`),
        ),
        (json) => {
          try {
            parseSources(json);
          } catch (error) {
            expect(error).toBeInstanceOf(SignalingError);
          }
        },
      ),
    );
  });
});
