import type { EndpointMessage } from '@conclave/signaling';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { ChannelLink } from '../channel/endpoint-channel.js';
import { Bridge } from './bridge.js';
import type { Conference } from './conference.js';
import type { Endpoint } from './endpoint.js';

/** A client's side of its bridge channel. */
class Client implements ChannelLink {
  readonly heard: { colibriClass: string; endpoint?: string; from?: string; silence?: boolean }[] = [];

  constructor(readonly endpoint: Endpoint) {
    endpoint.channel.attach(this);
    this.heard.length = 0;
  }

  send(text: string): boolean {
    this.heard.push(JSON.parse(text) as EndpointMessage);
    return true;
  }

  close(): void {
    // Nothing to end.
  }

  say(message: object): void {
    this.endpoint.channel.receive(JSON.stringify(message), this);
  }
}

let bridge: Bridge;
let conference: Conference;
let [alice, bob, vera]: Client[] = [];

beforeEach(async () => {
  bridge = await Bridge.open(
    { media: { port: 0, advertisedAddresses: ['127.0.0.1'], includeLoopback: true } },
    pino({ level: 'silent' }),
  );
  conference = bridge.createConference('meeting', undefined);
  [alice, bob, vera] = ['alice', 'bob', 'vera'].map(
    (id) => new Client(conference.createEndpoint(id, { dataChannels: false, visitor: id === 'vera' })),
  );
});

afterEach(() => bridge.close());

describe('whoever only looks on', () => {
  it('is told what others say, and tells nobody anything', () => {
    vera!.say({ colibriClass: 'EndpointMessage', to: '', msgPayload: {} });
    vera!.say({ colibriClass: 'EndpointMessage', to: 'alice', msgPayload: {} });
    vera!.say({ colibriClass: 'EndpointStats', bitrate: {} });
    expect([alice!.heard, bob!.heard]).toEqual([[], []]);
    alice!.say({ colibriClass: 'EndpointMessage', to: '', msgPayload: {} });
    expect([alice!.heard.length, bob!.heard.length, vera!.heard.length]).toEqual([0, 1, 1]);
  });

  it('has no place in the order of those who speak', () => {
    expect(conference.speakers).toEqual(['alice', 'bob']);
    conference.expireEndpoint('vera', 'test');
    expect(conference.speakers).toEqual(['alice', 'bob']);
  });

  it('is missed by nobody when it falls silent, while participants are', () => {
    conference.report(performance.now() + 16_000);
    const missed = bob!.heard.map(({ colibriClass, endpoint }) => [colibriClass, endpoint]);
    expect(missed).toEqual([
      ['EndpointConnectivityStatusChangeEvent', 'alice'],
      ['EndpointConnectivityStatusChangeEvent', 'bob'],
    ]);
    expect(vera!.heard).toEqual(bob!.heard);
  });
});

describe('whoever comes later', () => {
  it('is told who is silent', () => {
    conference.report(performance.now() + 16_000);
    const link = new Client(conference.createEndpoint('carol', { dataChannels: false }));
    const told: unknown[] = [];
    link.endpoint.channel.attach({ send: (text) => told.push(JSON.parse(text)) > 0, close: () => undefined });
    expect(told).toEqual([
      { colibriClass: 'ForwardedSources', forwardedSources: [] },
      { colibriClass: 'EndpointConnectivityStatusChangeEvent', endpoint: 'alice', active: 'false' },
      { colibriClass: 'EndpointConnectivityStatusChangeEvent', endpoint: 'bob', active: 'false' },
    ]);
  });
});
