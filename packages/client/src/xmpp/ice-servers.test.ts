import { el } from '@conclave/signaling';
import fc from 'fast-check';
import { parse } from 'ltx';
import { describe, expect, it } from 'vitest';
import { readIceServers } from './ice-servers.js';

const read = (...services: string[]) =>
  readIceServers(parse(`<services xmlns='urn:xmpp:extdisco:2'>${services.join('')}</services>`));
const secret = `username='u' password='p'`;

describe('a domain’s services', () => {
  it('become servers as browsers take them', () => {
    const { servers } = read(
      `<service type='stun' host='turn.example' port='3478' transport='udp'/>`,
      `<service type='turn' host='turn.example' port='3478' ${secret}/>`,
      `<service type='turn' host='turn.example' port='80' transport='tcp' ${secret}/>`,
      `<service type='turns' host='2001:db8::1' port='443' ${secret}/>`,
      `<service type='turns' host='192.0.2.1' transport='udp' ${secret}/>`,
    );
    const credentials = { username: 'u', credential: 'p' };
    expect(servers).toEqual([
      { urls: 'stun:turn.example:3478' },
      { urls: 'turn:turn.example:3478?transport=udp', ...credentials },
      { urls: 'turn:turn.example:80?transport=tcp', ...credentials },
      { urls: 'turns:[2001:db8::1]:443?transport=tcp', ...credentials },
      { urls: 'turns:192.0.2.1?transport=udp', ...credentials },
    ]);
  });

  it('are good until the first of their credentials expires', () => {
    const at = (expires: string) => `<service type='turn' host='t' ${secret} expires='${expires}'/>`;
    expect(read(at('2026-01-02T00:00:00Z'), at('2026-01-01T00:00:00Z')).expires).toBe(Date.UTC(2026, 0, 1));
    expect(read(at('soon')).expires).toBeUndefined();
    expect(read(`<service type='ftp' host='t' expires='2026-01-01T00:00:00Z'/>`).expires).toBeUndefined();
  });

  it.each([
    ['another type', `<service type='xmpp' host='t'/>`],
    ['no host', `<service type='stun'/>`],
    ['a host that would end the host', `<service type='stun' host='t?transport=tcp'/>`],
    ['a port beyond ports', `<service type='stun' host='t' port='65536'/>`],
    ['a port that is none', `<service type='stun' host='t' port='0x50'/>`],
    ['relaying without credentials', `<service type='turn' host='t' username='u'/>`],
    ['an unknown transport', `<service type='turn' host='t' transport='sctp' ${secret}/>`],
  ])('are left out with %s, and the others stay', (_, service) => {
    expect(read(service, `<service type='stun' host='good'/>`).servers).toEqual([{ urls: 'stun:good' }]);
  });

  it('are few', () => {
    expect(read(`<service type='stun' host='t'/>`.repeat(100)).servers).toHaveLength(10);
  });

  it('never make more of a URL than its host and port, whatever they say', () => {
    const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.ipV6(), fc.ipV4(), fc.domain());
    const service = fc.record({
      type: fc.constantFrom('stun', 'turn', 'turns'),
      host: text,
      port: fc.oneof(fc.integer().map(String), text),
      transport: fc.oneof(fc.constantFrom('udp', 'tcp'), text),
      username: text,
      password: text,
      expires: text,
    });
    fc.assert(
      fc.property(fc.array(service), (list) => {
        const { servers } = readIceServers(
          el(
            'services',
            {},
            list.map((attrs) => el('service', attrs)),
          ),
        );
        for (const { urls } of servers)
          expect(urls).toMatch(/^(stun|turns?):([\w.-]+|\[[\da-f:.]+\])(:\d+)?(\?transport=(ud|tc)p)?$/i);
      }),
    );
  });
});
