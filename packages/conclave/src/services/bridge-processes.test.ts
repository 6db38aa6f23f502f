/** What the further videobridges of a machine are told of their ports. */
import { describe, expect, it } from 'vitest';
import { mediaPorts } from './bridge-processes.js';

describe('a further videobridge', () => {
  it('has the next port, here and where a NAT maps another to it', () => {
    const advertisedAddresses = ['203.0.113.7#4430', '2001:db8::7#20000', '198.51.100.1'];
    expect(mediaPorts({ port: 10_000, advertisedAddresses }, 2)).toEqual({
      CONCLAVE_MEDIA_PORT: '10002',
      CONCLAVE_ADVERTISED_ADDRESSES: '203.0.113.7#4432,2001:db8::7#20002,198.51.100.1',
    });
  });

  it('takes any free port where the first does', () => {
    expect(mediaPorts({ port: 0, advertisedAddresses: [] }, 1)).toEqual({
      CONCLAVE_MEDIA_PORT: '0',
      CONCLAVE_ADVERTISED_ADDRESSES: '',
    });
  });
});
