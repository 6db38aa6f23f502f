/** Who sends what to whom: the shapes of conferences that forwarding is measured in. */

export interface Scenario {
  readonly name: string;
  readonly endpoints: number;
  /** How many of them, the first ones, have a camera. */
  readonly senders: number;
  /** Sources that each receives. */
  readonly lastN: number;
  /** Packets of 1100 octets a second that each camera sends. */
  readonly rate: number;
}

/** By the names that `--only` knows. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  '1to20': { name: '1 to 20', endpoints: 21, senders: 1, lastN: 1, rate: 1200 },
  '5x5': { name: '5 x 5', endpoints: 5, senders: 5, lastN: 4, rate: 300 },
  '20x20': { name: '20 x 20, last-N 5', endpoints: 20, senders: 20, lastN: 5, rate: 120 },
  '1to200': { name: '1 to 200', endpoints: 201, senders: 1, lastN: 1, rate: 120 },
};

/** The senders that an endpoint receives: the next ones in a circle. */
export function sourcesOf({ senders, lastN }: Scenario, endpoint: number): number[] {
  const others = Array.from({ length: senders }, (_, i) => (endpoint + 1 + i) % senders);
  return [...new Set(others)].filter((sender) => sender !== endpoint).slice(0, lastN);
}

/** Packets that are to be sent on for one that every camera sends. */
export function copies(scenario: Scenario): number {
  const sizes = Array.from({ length: scenario.endpoints }, (_, i) => sourcesOf(scenario, i).length);
  return sizes.reduce((sum, size) => sum + size, 0);
}
