/** Who sends what to whom: the shapes of conferences that forwarding is measured in. */

export interface Scenario {
  readonly name: string;
  /** Endpoints of a conference. */
  readonly endpoints: number;
  /** How many of them, the first ones, have a camera; it sends three encodings all the time, as simulcast. */
  readonly cameras: number;
  /** How many of those speak. The others are muted, and send no sound. */
  readonly speakers: number;
  /** Cameras that each receives: the first of them large, the others small. */
  readonly lastN: number;
  /** How many such conferences there are at a time. Endpoints are counted through all of them. */
  readonly conferences: number;
}

/** By the names that `--only` knows. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  '1to20': { name: '1 to 20', endpoints: 21, cameras: 1, speakers: 1, lastN: 1, conferences: 1 },
  '5x5': { name: '5 x 5', endpoints: 5, cameras: 5, speakers: 5, lastN: 4, conferences: 1 },
  '20x20': { name: '20 x 20, last-N 5', endpoints: 20, cameras: 20, speakers: 3, lastN: 5, conferences: 1 },
  '1to200': { name: '1 to 200', endpoints: 201, cameras: 1, speakers: 1, lastN: 1, conferences: 1 },
};

/** A conference in which all have cameras, everybody receives five of them, and three speak. */
export function mesh(endpoints: number): Scenario {
  const name = `${endpoints} x ${endpoints}, last-N 5`;
  return { name, endpoints, cameras: endpoints, speakers: 3, lastN: 5, conferences: 1 };
}

/** All endpoints of all conferences. */
export function endpointsOf({ endpoints, conferences }: Scenario): number[] {
  return Array.from({ length: endpoints * conferences }, (_, index) => index);
}

const placeOf = ({ endpoints }: Scenario, endpoint: number): number => endpoint % endpoints;

export function hasCamera(scenario: Scenario, endpoint: number): boolean {
  return placeOf(scenario, endpoint) < scenario.cameras;
}

export function speaks(scenario: Scenario, endpoint: number): boolean {
  return placeOf(scenario, endpoint) < scenario.speakers;
}

/** The endpoints whose cameras an endpoint receives, the large one first: the next ones in a circle. */
export function seenBy(scenario: Scenario, endpoint: number): number[] {
  const { cameras, lastN } = scenario;
  const place = placeOf(scenario, endpoint);
  const next = Array.from({ length: cameras }, (_, index) => (place + 1 + index) % cameras);
  return next
    .filter((each) => each !== place)
    .slice(0, lastN)
    .map((each) => endpoint - place + each);
}

/** The endpoints that an endpoint hears. */
export function heardBy(scenario: Scenario, endpoint: number): number[] {
  const place = placeOf(scenario, endpoint);
  return Array.from({ length: scenario.speakers }, (_, index) => index)
    .filter((each) => each !== place)
    .map((each) => endpoint - place + each);
}
