import { describe, expect, it } from 'vitest';
import { ScramExchange, saslPrep } from './scram.js';

describe('SCRAM', () => {
  it('follows the example of RFC 7677 s.3 (SHA-256)', async () => {
    const exchange = new ScramExchange('SCRAM-SHA-256', 'user', 'pencil', 'rOprNGfwEbeRWgbNEkqO');
    expect(exchange.first).toBe('n,,n=user,r=rOprNGfwEbeRWgbNEkqO');
    await expect(
      exchange.final(
        'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
      ),
    ).resolves.toBe(
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    );
    expect(() => exchange.verify('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')).not.toThrow();
  });

  it('follows the example of RFC 5802 s.5 (SHA-1)', async () => {
    const exchange = new ScramExchange('SCRAM-SHA-1', 'user', 'pencil', 'fyko+d2lbbFgONRv9qkxdawL');
    await expect(
      exchange.final('r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096'),
    ).resolves.toBe('c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=');
    expect(() => exchange.verify('v=rmF9pqV8S7suAoZWja4dJRkFsKQ=')).not.toThrow();
  });

  it('refuses a server that does not know the password', async () => {
    const exchange = new ScramExchange('SCRAM-SHA-256', 'user', 'pencil', 'abc');
    await exchange.final('r=abcdef,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096');
    expect(() => exchange.verify('v=AAAA')).toThrow('did not prove');
    expect(() => exchange.verify('')).toThrow('did not prove');
  });

  it.each([
    ['r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096', 'nonce'],
    ['r=abc,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096', 'nonce'],
    ['r=abcdef,i=4096', 'salt'],
    ['r=abcdef,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1', 'iteration'],
    ['r=abcdef,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=99999999999', 'iteration'],
  ])('breaks off at %s', async (serverFirst, why) => {
    const exchange = new ScramExchange('SCRAM-SHA-256', 'user', 'pencil', 'abc');
    await expect(exchange.final(serverFirst)).rejects.toThrow(why);
  });

  it('escapes the user name and prepares the password', () => {
    expect(new ScramExchange('SCRAM-SHA-1', 'a=b,c', 'x', 'n').first).toBe('n,,n=a=3Db=2Cc,r=n');
    expect(saslPrep('I\u00ADX\u00A0\u2168')).toBe('IX IX');
  });
});
