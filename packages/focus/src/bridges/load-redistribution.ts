/**
 * Takes participants from bridges that have too much to do while others have not (focus reference 5.5). It helps where the
 * selection may give them another bridge than the one that they come from.
 */
import type { Logger } from 'pino';
import type { Clock, Timer } from '../clock.js';
import type { Bridge } from './bridge.js';

interface RedistributionOptions {
  readonly enabled: boolean;
  /** Pause between two looks at the bridges, in ms. */
  readonly intervalMs: number;
  /** From this stress on a bridge loses participants. */
  readonly stressThreshold: number;
  /** How long it then is left alone, in ms. */
  readonly timeoutMs: number;
  /** How many it loses at a time. */
  readonly endpoints: number;
}

export interface RedistributionContext {
  readonly clock: Clock;
  readonly log: Logger;
  readonly options: RedistributionOptions;
  readonly bridges: () => readonly Bridge[];
  /** Invites participants of a bridge anew, at most so many. */
  readonly move: (bridge: Bridge, count: number) => { readonly movedEndpoints: number };
}

/** Begins to watch over the bridges; the answer ends it. */
export const redistributeLoad = ({
  clock,
  log,
  options,
  bridges,
  move,
}: RedistributionContext): (() => void) => {
  if (!options.enabled) return () => undefined;
  const treated = new Map<Bridge, number>();
  let timer: Timer;
  const look = () => {
    const now = clock.now();
    const all = bridges();
    for (const bridge of treated.keys()) if (!all.includes(bridge)) treated.delete(bridge);
    const hasRoom = all.some((bridge) => bridge.operational && !bridge.overloaded(now));
    for (const bridge of hasRoom ? all : []) {
      if (bridge.stress(now) < options.stressThreshold) continue;
      if (now - (treated.get(bridge) ?? Number.NEGATIVE_INFINITY) < options.timeoutMs) continue;
      treated.set(bridge, now);
      log.warn({ bridge: bridge.jid, ...move(bridge, options.endpoints) }, 'bridge relieved');
    }
    wait();
  };
  const wait = () => {
    timer = clock.after(options.intervalMs, look);
  };
  wait();
  return () => timer.cancel();
};
