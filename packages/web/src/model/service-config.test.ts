import { describe, expect, it } from 'vitest';
import { readServiceConfig } from './service-config.js';

const hosts = {
  domain: 'meet.example',
  anonymousdomain: 'guest.meet.example',
  muc: 'conference.meet.example',
};
const at = (href: string, config: unknown) => readServiceConfig(config, { href });

describe('config.js', () => {
  it('names the domains', () => {
    expect(at('https://meet.example/room', { hosts, websocket: 'wss://x.example/ws' })).toEqual({
      serviceUrl: 'wss://x.example/ws',
      domains: {
        domain: 'meet.example',
        anonymous: 'guest.meet.example',
        muc: 'conference.meet.example',
        focus: 'focus.meet.example',
      },
    });
  });

  it('says what cameras are sent in, where it says so', () => {
    const codecs = (videoQuality: unknown) =>
      at('https://meet.example/', { hosts, videoQuality })?.videoCodecs;
    expect(codecs({ codecPreferenceOrder: ['AV1', 7, 'VP8'] })).toEqual(['AV1', 'VP8']);
    for (const odd of [undefined, null, {}, { codecPreferenceOrder: 'VP8' }, { codecPreferenceOrder: [] }]) {
      expect(codecs(odd)).toBeUndefined();
    }
  });

  it.each([
    ['https://meet.example/room', undefined, 'wss://meet.example/xmpp-websocket'],
    ['http://localhost:8080/', '/xmpp-websocket', 'ws://localhost:8080/xmpp-websocket'],
    ['https://meet.example/room', '//other.example/ws', 'wss://other.example/ws'],
  ])('at %s with websocket %s leads to %s', (href, websocket, url) => {
    expect(at(href, { hosts, websocket })?.serviceUrl).toBe(url);
  });

  it.each([
    undefined,
    null,
    'x',
    {},
    { hosts: null },
    { hosts: { domain: 'a' } },
    { hosts, websocket: 'ftp://x' },
  ])('is refused as %j', (config) => expect(at('https://meet.example/', config)).toBeUndefined());
});
