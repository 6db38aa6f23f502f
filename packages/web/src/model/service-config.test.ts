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
