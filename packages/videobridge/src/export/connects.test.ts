/** Which changes to the connects of a conference are carried out, and which are refused as a whole. */
import type { Connect } from '@conclave/signaling';
import { describe, expect, it } from 'vitest';

import { refuseConnects } from './connects.js';

const connect = (id: string, more: Partial<Connect> = {}): Connect => ({
  id,
  url: 'wss://transcriber.example/',
  protocol: 'mediajson',
  type: 'transcriber',
  audio: true,
  headers: [{ name: 'Authorization', value: 'x' }],
  exports: [],
  requests: [],
  ...more,
});
const known = new Map(['a', 'b'].map((id) => [id, connect(id)]));
const refusal = (...changes: readonly Connect[]): string | undefined =>
  refuseConnects(known, changes, 3)?.condition;

describe('a change to connects', () => {
  it.each<[string, Connect[]]>([
    ['begins one', [connect('c', { create: true })]],
    ['ends one', [connect('a', { expire: true })]],
    ['ends one that is not there', [connect('x', { expire: true })]],
    ['replaces one', [connect('a', { expire: true }), connect('a', { create: true, url: 'ws://other/' })]],
    ['replaces one, in whatever order', [connect('a', { create: true }), connect('a', { expire: true })]],
    [
      'says anew what is exported and asked for',
      [connect('a', { exports: ['x-a0'], requests: ['x-a0.de'] })],
    ],
    [
      'makes room for another',
      [connect('a', { expire: true }), ...['c', 'd'].map((id) => connect(id, { create: true }))],
    ],
  ])('%s', (_, changes) => {
    expect(refusal(...changes)).toBeUndefined();
  });

  it.each<[string, string, Connect[]]>([
    ['begins what is there', 'bad-request', [connect('a', { create: true })]],
    ['names one twice', 'bad-request', [connect('c', { create: true }), connect('c', { create: true })]],
    ['ends one twice', 'bad-request', [connect('a', { expire: true }), connect('a', { expire: true })]],
    ['begins and ends at once', 'bad-request', [connect('c', { create: true, expire: true })]],
    ['changes what is not there', 'bad-request', [connect('c')]],
    ['changes what it ends', 'bad-request', [connect('a'), connect('a', { expire: true })]],
    ['wants another protocol', 'feature-not-implemented', [connect('c', { create: true, protocol: 'rtp' })]],
    ['wants video', 'feature-not-implemented', [connect('c', { create: true, video: true })]],
    ['wants nothing', 'feature-not-implemented', [connect('c', { create: true, audio: false })]],
    ['sends it elsewhere', 'feature-not-implemented', [connect('a', { url: 'wss://elsewhere.example/' })]],
    ['has another type', 'feature-not-implemented', [connect('a', { type: 'recorder' })]],
    ['has other headers', 'feature-not-implemented', [connect('a', { headers: [] })]],
    [
      'asks in other intervals',
      'feature-not-implemented',
      [connect('a', { ping: { intervalMs: 1, timeoutMs: 1 } })],
    ],
    ['is too much', 'resource-constraint', ['c', 'd'].map((id) => connect(id, { create: true }))],
  ])('that %s is refused with %s', (_, condition, changes) => {
    expect(refusal(...changes)).toBe(condition);
  });
});
