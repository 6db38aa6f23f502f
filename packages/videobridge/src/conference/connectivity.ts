/** Whether the endpoints here send as expected: everybody is told of those who have fallen silent, and when they are back. */
import type { ConferenceRelays } from '../relay/conference-relays.js';
import type { ConferenceChannels } from './channels.js';
import { connectivity } from './messages.js';
import type { ConferenceCore, ConferencePart } from './part.js';
import type { BridgeTotals } from './totals.js';

export class Connectivity implements ConferencePart {
  constructor(
    private readonly core: ConferenceCore,
    private readonly channels: ConferenceChannels,
    private readonly relays: ConferenceRelays,
    private readonly totals: BridgeTotals,
  ) {}

  report(now: number): void {
    for (const endpoint of this.core.endpoints.values()) {
      // Who only looks on is nobody's to miss.
      const active = endpoint.visitor ? undefined : endpoint.activityChange(now);
      if (endpoint.lacksChannel(now)) this.totals.endpointsWithoutChannel += 1;
      if (active === undefined) continue;
      if (active) this.totals.endpointsReconnected += 1;
      else this.totals.endpointsDisconnected += 1;
      const message = connectivity(endpoint.id, active);
      this.channels.tellAll(message);
      this.relays.tellAll(message);
    }
  }
}
