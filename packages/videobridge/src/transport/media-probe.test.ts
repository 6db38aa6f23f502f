import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { mediaPasses } from './media-probe.js';
import { MediaPort } from './media-port.js';

vi.setConfig({ testTimeout: 20_000 });

let port: MediaPort;
beforeEach(async () => {
  port = await MediaPort.open({ port: 0 }, pino({ level: 'silent' }));
});
afterEach(() => port.close());

describe('the probe of a media port', () => {
  it('sees that media passes, leaves nothing behind and counts as nobody', async () => {
    expect(await mediaPasses(port, '127.0.0.1', 15_000)).toBe(true);
    expect(await mediaPasses(port, '127.0.0.1', 15_000)).toBe(true);
    expect(port.counts.iceSucceeded).toBe(0);
  });

  it('sees that none does where the port does not know whom it is for', async () => {
    const other = await MediaPort.open({ port: 0 }, pino({ level: 'silent' }));
    vi.spyOn(port, 'createProbe').mockImplementation((events) => other.createProbe(events));
    expect(await mediaPasses(port, '127.0.0.1', 300)).toBe(false);
    other.close();
  });
});
