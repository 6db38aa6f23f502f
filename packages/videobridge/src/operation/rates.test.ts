import { describe, expect, it } from 'vitest';

import { NO_TRAFFIC } from '../conference/traffic.js';
import { Rates } from './rates.js';

describe('rates', () => {
  it('are those of the time between two looks', () => {
    const rates = new Rates();
    rates.sample({ ...NO_TRAFFIC, octetsSent: 5000 }, 1000);
    expect(rates.current.kbitsSent).toBe(0);
    rates.sample(
      {
        ...NO_TRAFFIC,
        octetsSent: 130_000,
        packetsSent: 200,
        octetsReceived: 12_500,
        packetsReceived: 20,
        packetsExpected: 100,
        packetsLost: 10,
        packetsReported: 300,
        packetsReportedLost: 10,
      },
      3000,
    );
    expect(rates.current).toEqual({
      kbitsReceived: 50,
      kbitsSent: 500,
      packetsReceived: 10,
      packetsSent: 100,
      incomingLoss: 0.1,
      outgoingLoss: 10 / 300,
      loss: 0.05,
    });
  });

  it('are none when nothing passes, and never negative', () => {
    const rates = new Rates();
    rates.sample({ ...NO_TRAFFIC, octetsSent: 5000, packetsLost: 3 }, 1000);
    rates.sample(NO_TRAFFIC, 2000);
    expect(rates.current).toMatchObject({ kbitsSent: 0, incomingLoss: 0, loss: 0 });
    rates.sample(NO_TRAFFIC, 2000);
    expect(rates.current.packetsSent).toBe(0);
  });
});
