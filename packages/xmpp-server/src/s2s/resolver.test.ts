/** Where the server of a domain is looked for (RFC 6120 s.3.2, RFC 2782, XEP-0368 s.3). */
import { describe, expect, it } from 'vitest';
import { dnsResolver } from './resolver.js';

function record(name: string, priority: number, weight = 0) {
  return { name, port: 1, priority, weight };
}

/** Records of the usual service, and of that with TLS first. */
function dns(usual: ReturnType<typeof record>[], direct: ReturnType<typeof record>[] = []) {
  return (name: string) => Promise.resolve(name.startsWith('_xmpps-') ? direct : usual);
}

function failing(code: string) {
  return () => Promise.reject(Object.assign(new Error(code), { code }));
}

describe('the server of a domain', () => {
  it('is where its SRV records say, the lowest priority first', async () => {
    const asked: string[] = [];
    const resolve = dnsResolver((name) => {
      asked.push(name);
      return dns([record('b', 20), record('a', 10)])(name);
    });
    expect(await resolve('münchen.example')).toEqual([
      { host: 'a', port: 1 },
      { host: 'b', port: 1 },
    ]);
    expect(asked.sort()).toEqual([
      '_xmpp-server._tcp.xn--mnchen-3ya.example',
      '_xmpps-server._tcp.xn--mnchen-3ya.example',
    ]);
  });

  it('may want TLS first: both kinds of records are one set', async () => {
    const resolve = dnsResolver(dns([record('b', 20)], [record('a', 10), record('c', 30)]));
    expect(await resolve('a.example')).toEqual([
      { host: 'a', port: 1, directTls: true },
      { host: 'b', port: 1 },
      { host: 'c', port: 1, directTls: true },
    ]);
    expect(await dnsResolver(dns([], [record('a', 10)]))('a.example')).toEqual([
      { host: 'a', port: 1, directTls: true },
    ]);
  });

  it('does not go without what DNS can say because of what it cannot', async () => {
    const lookup = (name: string) =>
      name.startsWith('_xmpps-') ? failing('ESERVFAIL')() : dns([record('a', 1)])(name);
    expect(await dnsResolver(lookup)('a.example')).toEqual([{ host: 'a', port: 1 }]);
    expect(await dnsResolver(dns([], [record('.', 1)]))('a.example')).toEqual([
      { host: 'a.example', port: 5269 },
    ]);
  });

  it.each([
    [0, ['light', 'heavy']],
    [0.5, ['heavy', 'light']],
  ])('is drawn by weight among equals', async (drawn, expected) => {
    const records = [record('light', 1, 1), record('heavy', 1, 97)];
    const found = await dnsResolver(dns(records), () => drawn)('a.example');
    expect(found.map(({ host }) => host)).toEqual(expected);
  });

  it.each(['ENOTFOUND', 'ENODATA'])('is the domain itself where there are none (%s)', async (code) => {
    expect(await dnsResolver(failing(code))('a.example')).toEqual([{ host: 'a.example', port: 5269 }]);
  });

  it('is nowhere when the records say so', async () => {
    for (const name of ['', '.']) {
      expect(await dnsResolver(() => Promise.resolve([record(name, 0)]))('a.example')).toEqual([]);
    }
  });

  it('is not guessed when DNS does not answer', async () => {
    await expect(dnsResolver(failing('ESERVFAIL'))('a.example')).rejects.toThrow('ESERVFAIL');
  });

  it('is looked for at a few places, however many are named', async () => {
    const many = Array.from({ length: 100 }, (_, i) => record(`h${i}`, i));
    expect(await dnsResolver(() => Promise.resolve(many))('a.example')).toHaveLength(8);
  });
});
