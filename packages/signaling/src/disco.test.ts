import { describe, expect, it } from 'vitest';
import { capsHash, capsMatch, decodeCaps, type DiscoInfo, el, encodeCaps, formTypeField } from './index.js';

/** XEP-0115 s.5.2. */
const simple: DiscoInfo = {
  identities: [{ category: 'client', type: 'pc', name: 'Exodus 0.9.1' }],
  features: [
    'http://jabber.org/protocol/disco#info',
    'http://jabber.org/protocol/disco#items',
    'http://jabber.org/protocol/muc',
    'http://jabber.org/protocol/caps',
  ],
  forms: [],
};

/** XEP-0115 s.5.3. */
const complex: DiscoInfo = {
  identities: [
    { category: 'client', type: 'pc', name: 'Psi 0.11', lang: 'en' },
    { category: 'client', type: 'pc', name: 'Ψ 0.11', lang: 'el' },
  ],
  features: simple.features,
  forms: [
    {
      type: 'result',
      fields: [
        formTypeField('urn:xmpp:dataforms:softwareinfo'),
        { var: 'ip_version', values: ['ipv4', 'ipv6'] },
        { var: 'os', values: ['Mac'] },
        { var: 'os_version', values: ['10.5.1'] },
        { var: 'software', values: ['Psi'] },
        { var: 'software_version', values: ['0.11'] },
      ],
    },
  ],
};

describe('the hash of capabilities', () => {
  it('is that of the examples in XEP-0115', () => {
    expect(capsHash(simple)).toBe('QgayPKawpkPSDYmwT/WM94uAlu0=');
    expect(capsHash(complex)).toBe('q07IKJEyjvHSyhy//CH0CxmKi8w=');
  });

  it('stands in presence', () => {
    const presence = el('presence', {}, encodeCaps('https://conclave.example', simple));
    expect(decodeCaps(presence)).toEqual({
      hash: 'sha-1',
      node: 'https://conclave.example',
      ver: 'QgayPKawpkPSDYmwT/WM94uAlu0=',
    });
    expect(decodeCaps(el('presence'))).toBeUndefined();
  });

  it('is matched by exactly what it stands for', () => {
    expect(capsMatch(simple, capsHash(simple))).toBe(true);
    expect(capsMatch({ ...simple, features: [] }, capsHash(simple))).toBe(false);
  });

  it('is never matched by an answer that says something twice or imitates another', () => {
    const twice = { ...simple, features: ['a', 'a'] };
    expect(capsMatch(twice, capsHash(twice))).toBe(false);
    const imitation = { ...simple, features: ['a<b'] };
    expect(capsHash(imitation)).toBe(capsHash({ ...simple, features: ['a', 'b'] }));
    expect(capsMatch(imitation, capsHash(imitation))).toBe(false);
  });
});
