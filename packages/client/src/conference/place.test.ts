import { describe, expect, it } from 'vitest';
import { mainPlace, nodePlace } from './place.js';

const options = {
  serviceUrl: 'wss://meet.example/xmpp-websocket?a=b',
  domains: {
    domain: 'meet.example',
    anonymous: 'guest.meet.example',
    muc: 'conference.meet.example',
    focus: 'focus.meet.example',
  },
  room: 'Daily',
};

describe('the conference itself', () => {
  it('is where guests log in, and whoever has leave says so', () => {
    expect(mainPlace(options)).toEqual({
      service: 'wss://meet.example/xmpp-websocket?a=b&room=Daily',
      domain: 'guest.meet.example',
      room: 'daily@conference.meet.example',
    });
    expect(mainPlace(options, 'f00-1').service).toContain('&customusername=f00-1');
  });

  it('is entered by the main domain where guests have none of their own', () => {
    const { domain, muc, focus } = options.domains;
    expect(mainPlace({ ...options, domains: { domain, muc, focus } }).domain).toBe('meet.example');
  });
});

describe('a visitor node', () => {
  it('is reached over the same WebSocket, and has hosts named after it', () => {
    expect(nodePlace(options, 'v1')).toEqual({
      service: 'wss://meet.example/xmpp-websocket?a=b&room=Daily&vnode=v1',
      domain: 'v1.meet.jitsi',
      room: 'daily@conference.v1.meet.jitsi',
      node: 'v1',
    });
  });

  it.each(['', '.', 'v1.evil.example', 'evil.example/', 'v1@x', 'v1 ', '-v', 'v'.repeat(64), 'ｖ1'])(
    'is none of the name %j',
    (name) => expect(nodePlace(options, name)).toBeUndefined(),
  );

  it('is none of a service whose rooms are no host of its domain', () => {
    const domains = { ...options.domains, muc: 'conference.other.example' };
    expect(nodePlace({ ...options, domains }, 'v1')).toBeUndefined();
  });
});
