import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import {
  type ConferenceModified,
  type ConferenceModify,
  decodeColibriError,
  type EndpointModify,
  isStanzaError,
  type StanzaError,
} from '@conclave/signaling';

import { Bridge } from '../conference/bridge.js';
import { audioSource, MEDIA, videoSource } from '../conference/meeting.testing.js';
import { modifyConference } from './conference-modify.js';

let bridge: Bridge;

beforeEach(async () => {
  bridge = await Bridge.open(
    {
      media: { port: 0, advertisedAddresses: ['192.0.2.1', '2001:db8::1'], includeLoopback: false },
      limits: { conferences: 2, endpointsPerConference: 2, sourcesPerEndpoint: 2 },
    },
    pino({ level: 'silent' }),
  );
});

afterEach(() => bridge.close());

const creation = (id: string): EndpointModify => ({
  id,
  create: true,
  media: MEDIA,
  transport: { iceControlling: true, sctp: {} },
  capabilities: ['source-names'],
});
const update = (id: string, changes: Partial<EndpointModify> = {}): EndpointModify => ({
  id,
  media: [],
  capabilities: [],
  ...changes,
});

function ask(request: Partial<ConferenceModify>): ConferenceModified | StanzaError {
  return modifyConference(bridge, { meetingId: 'm1', endpoints: [], ...request }, () => ['wss://example/x']);
}

function granted(request: Partial<ConferenceModify>): ConferenceModified {
  const answer = ask(request);
  if (isStanzaError(answer)) throw new Error(`refused: ${answer.condition} ${answer.text ?? ''}`);
  return answer;
}

function refused(request: Partial<ConferenceModify>): [string, string | undefined] {
  const answer = ask(request);
  if (!isStanzaError(answer)) throw new Error('granted');
  return [answer.condition, decodeColibriError(answer)?.reason];
}

describe('conference-modify', () => {
  it('is refused a new conference while the bridge shuts down, not an endpoint of one that goes on', () => {
    granted({ create: true, endpoints: [creation('a')] });
    bridge.admits = false;
    expect(refused({ meetingId: 'm2', create: true, endpoints: [creation('a')] })).toEqual([
      'service-unavailable',
      'graceful_shutdown',
    ]);
    granted({ endpoints: [creation('b')] });
  });

  it('creates a conference with an endpoint and describes its transport', () => {
    const { endpoints, sources } = granted({
      create: true,
      name: 'room@conference.example',
      endpoints: [creation('a')],
    });
    const transport = endpoints[0]!.transport!;
    expect(transport.sctp).toEqual({ role: 'server', port: 5000 });
    expect(transport.ice).toMatchObject({
      rtcpMux: true,
      fingerprints: [{ hash: 'sha-256', setup: 'actpass' }],
      webSockets: ['wss://example/x'],
    });
    expect(transport.ice!.candidates.map(({ ip, port, type }) => [ip, port, type])).toEqual([
      ['192.0.2.1', bridge.mediaPort, 'host'],
      ['2001:db8::1', bridge.mediaPort, 'host'],
    ]);
    expect(sources.map(({ id, type }) => [id, type])).toEqual([
      ['jvb-a0', 'audio'],
      ['jvb-v0', 'video'],
    ]);
  });

  it('gives the feedback sources again with each new endpoint, and not with updates', () => {
    const first = granted({ create: true, endpoints: [creation('a')] });
    expect(granted({ endpoints: [creation('b')] }).sources).toEqual(first.sources);
    expect(granted({ endpoints: [update('a')] })).toEqual({ endpoints: [{ id: 'a' }], sources: [] });
  });

  it('describes an endpoint that is to restart before it is connected as it did before', () => {
    const { endpoints } = granted({ create: true, endpoints: [creation('a')] });
    const restart = granted({ endpoints: [update('a', { transport: { iceRestart: true } })] });
    expect(restart.endpoints[0]!.transport!.ice).toEqual(endpoints[0]!.transport!.ice);
    expect(restart.sources).toEqual([]);
  });

  it('describes a connected endpoint that is to restart with other credentials and a generation', () => {
    granted({ create: true, endpoints: [creation('a')] });
    const endpoint = bridge.endpoints[0]!;
    vi.spyOn(endpoint.transport, 'restartIce').mockReturnValue('started');
    vi.spyOn(endpoint.transport, 'credentials', 'get').mockReturnValue({
      ufrag: 'other',
      pwd: 'password',
      iceGeneration: 1,
    });
    const { endpoints } = granted({ endpoints: [update('a', { transport: { iceRestart: true } })] });
    expect(endpoints[0]!.transport!.ice).toMatchObject({ ufrag: 'other', pwd: 'password', iceGeneration: 1 });
  });

  it('describes no transport where there are no ICE restarts', async () => {
    bridge.close();
    bridge = await Bridge.open(
      {
        media: {
          port: 0,
          advertisedAddresses: [],
          includeLoopback: true,
          iceRestart: { enabled: false, transitionWindow: 3000, timeout: 20_000 },
        },
      },
      pino({ level: 'silent' }),
    );
    granted({ create: true, endpoints: [creation('a')] });
    const restart = granted({ endpoints: [update('a', { transport: { iceRestart: true } })] });
    expect(restart.endpoints).toEqual([{ id: 'a' }]);
  });

  it('describes no SCTP to an endpoint that asked for none', () => {
    const { endpoints } = granted({ create: true, endpoints: [{ ...creation('a'), transport: {} }] });
    expect(endpoints[0]!.transport!.sctp).toBeUndefined();
  });

  it('replaces the sources of an endpoint', () => {
    granted({ create: true, endpoints: [creation('a')] });
    granted({ endpoints: [update('a', { sources: [audioSource('a', 1), videoSource('a', 2, 3)] })] });
    const names = (): string[] => bridge.endpoints[0]!.sources.map(({ name }) => name);
    expect(names()).toEqual(['a-a0', 'a-v0']);
    granted({ endpoints: [update('a', { media: MEDIA })] });
    expect(names()).toEqual(['a-a0', 'a-v0']);
    granted({ endpoints: [update('a', { sources: [] })] });
    expect(names()).toEqual([]);
  });

  it('mutes by force', () => {
    granted({ create: true, endpoints: [creation('a')] });
    granted({ endpoints: [update('a', { forceMute: { audio: true, video: false } })] });
    expect(bridge.endpoints[0]!.ingress.muted).toEqual({ audio: true, video: false });
  });

  it('ends with its last endpoint, or when told to', () => {
    granted({ create: true, endpoints: [creation('a')] });
    granted({ endpoints: [creation('b')] });
    expect(
      granted({ endpoints: [update('a', { expire: true }), update('x', { expire: true })] }).endpoints,
    ).toEqual([
      { id: 'a', expire: true },
      { id: 'x', expire: true },
    ]);
    expect(bridge.conferences.size).toBe(1);
    granted({ endpoints: [update('b', { expire: true })] });
    expect(bridge.conferences.size).toBe(0);
    granted({ create: true, endpoints: [creation('a')] });
    granted({ expire: true });
    expect(bridge.conferences.size).toBe(0);
  });

  it('refuses what does not fit the state, and changes nothing', () => {
    expect(refused({})).toEqual(['item-not-found', 'conference_not_found']);
    expect(refused({ create: true, name: 'room@conference.example/nick' })).toEqual([
      'bad-request',
      undefined,
    ]);
    granted({ create: true, endpoints: [creation('a')] });
    expect(refused({ create: true })).toEqual(['conflict', 'conference_already_exists']);
    expect(refused({ endpoints: [creation('a')] })).toEqual(['conflict', undefined]);
    expect(refused({ endpoints: [update('x', { sources: [] })] })).toEqual([
      'item-not-found',
      'unknown_endpoint',
    ]);
    expect(refused({ endpoints: [update('a', { sources: [] }), update('x')] })).toEqual([
      'feature-not-implemented',
      'feature_not_implemented',
    ]);
    expect(bridge.endpoints.map(({ id }) => id)).toEqual(['a']);
  });

  it.each<[string, Partial<EndpointModify>, string]>([
    ['without transport', { transport: undefined } as never, 'bad-request'],
    ['without source names', { capabilities: [] }, 'bad-request'],
    ['as SCTP client', { transport: { sctp: { role: 'client' } } }, 'feature-not-implemented'],
    ['on another SCTP port', { transport: { sctp: { port: 5001 } } }, 'bad-request'],
    [
      'with a malformed fingerprint',
      {
        transport: {
          ice: {
            ufrag: 'abcd',
            pwd: 'x'.repeat(24),
            rtcpMux: true,
            candidates: [],
            fingerprints: [{ hash: 'sha-256', setup: 'active', value: 'no' }],
            webSockets: [],
          },
        },
      },
      'bad-request',
    ],
  ])('refuses an endpoint %s, and with it the conference', (_, wrong, condition) => {
    expect(refused({ create: true, endpoints: [{ ...creation('a'), ...wrong }] })[0]).toBe(condition);
    expect(bridge.conferences.size).toBe(0);
  });

  it('takes visitors, who have no sources', () => {
    const visitor = { ...creation('v'), mucRole: 'visitor', initialLastN: 3 };
    expect(refused({ create: true, endpoints: [{ ...visitor, sources: [audioSource('v', 5)] }] })[0]).toBe(
      'bad-request',
    );
    expect(bridge.conferences.size).toBe(0);
    granted({ create: true, endpoints: [{ ...visitor, sources: [] }] });
    expect(bridge.conferences.get('m1')?.endpoints.get('v')?.visitor).toBe(true);
    expect(refused({ endpoints: [update('v', { sources: [audioSource('v', 5)] })] })[0]).toBe('bad-request');
    granted({ endpoints: [creation('a')] });
    expect(bridge.conferences.get('m1')?.endpoints.get('a')?.visitor).toBe(false);
  });

  it('holds its limits', () => {
    granted({ create: true, endpoints: [creation('a')] });
    granted({ endpoints: [creation('b')] });
    expect(refused({ endpoints: [creation('c')] })[0]).toBe('resource-constraint');
    const sources = [1, 2, 3].map((ssrc) => ({ ...audioSource('a', ssrc), id: `a-a${ssrc}` }));
    expect(refused({ endpoints: [update('a', { sources })] })[0]).toBe('resource-constraint');
    granted({ meetingId: 'm2', create: true });
    expect(refused({ meetingId: 'm3', create: true })[0]).toBe('resource-constraint');
  });

  it('refuses an SSRC that another endpoint has', () => {
    granted({ create: true, endpoints: [creation('a')] });
    granted({ endpoints: [creation('b')] });
    granted({ endpoints: [update('a', { sources: [videoSource('a', 2, 3)] })] });
    expect(refused({ endpoints: [update('b', { sources: [audioSource('b', 3)] })] })[0]).toBe('conflict');
  });
});
