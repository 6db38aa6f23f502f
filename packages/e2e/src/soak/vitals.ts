/**
 * How the services are: memory in RAM, objects on the heap, open files, CPU time, and what they say themselves of whom they still have.
 * Each is measured for as long as its process lives: a process that was restarted begins anew.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { cpuTime } from '../swarm/cpu-time.js';
import type { Service, Stage } from '../swarm/stage.js';
import { type Growth, growth, type Tolerance } from './growth.js';
import { heapInUse } from './inspector.js';

const services = ['xmpp-server', 'focus', 'bridge', 'other bridge'] as const satisfies readonly Service[];

/** How much of each may be added after warming up: MiB, MiB, files. */
const tolerances = {
  resident: { share: 0.15, absolute: 20 },
  heap: { share: 0.1, absolute: 3 },
  files: { share: 0, absolute: 10 },
} as const satisfies Readonly<Record<string, Tolerance>>;
type Vital = keyof typeof tolerances;

export type Vitals = Readonly<Record<Vital, Growth>> & {
  /** Share of a core. */
  readonly cpu: number;
  /** For how long its process has lived, in ms. */
  readonly age: number;
};

interface Life {
  readonly pid: number;
  readonly since: number;
  readonly cpuBefore: number;
  readonly samples: Readonly<Record<Vital, number[]>>;
}

/** Memory in RAM that is the process's, in MiB. */
function residentMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

export class VitalSigns {
  readonly #lives = new Map<Service, Life>();

  constructor(private readonly stage: Stage) {}

  /** To be called at equal intervals. */
  sample(): void {
    for (const service of services) {
      const life = this.#life(service);
      if (life === undefined) continue;
      life.samples.resident.push(residentMemory(life.pid));
      life.samples.files.push(openFiles(life.pid));
    }
  }

  /** To be called when all are at rest: collects what is unreachable. */
  async collect(): Promise<void> {
    for (const service of services)
      this.#life(service)?.samples.heap.push(await heapInUse(this.stage.process(service)));
  }

  get report(): ReadonlyMap<Service, Vitals> {
    const judged = ({ samples }: Life, vital: Vital): Growth => growth(samples[vital], tolerances[vital]);
    return new Map(
      [...this.#lives].map(([service, life]) => {
        const age = performance.now() - life.since;
        const vitals = {
          resident: judged(life, 'resident'),
          heap: judged(life, 'heap'),
          files: judged(life, 'files'),
          cpu: (cpuTime(life.pid) - life.cpuBefore) / age,
          age,
        };
        return [service, vitals];
      }),
    );
  }

  /** The present life of a service; undefined while it has none. */
  #life(service: Service): Life | undefined {
    const { pid, alive } = this.stage.process(service);
    if (!alive) return undefined;
    const known = this.#lives.get(service);
    if (known?.pid === pid) return known;
    const samples = { resident: [], heap: [], files: [] };
    const life = { pid, since: performance.now(), cpuBefore: cpuTime(pid), samples };
    this.#lives.set(service, life);
    return life;
  }
}

/** What the services still have of conferences and participants, each by its own count; all 0 when everybody has gone. */
export async function remaining(stage: Stage): Promise<Readonly<Record<string, number>>> {
  const ask = async (service: Service, variable: string, path: string): Promise<Record<string, unknown>> => {
    const port = stage.process(service).environment[variable];
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return (await answer.json()) as Record<string, unknown>;
  };
  const focus = await ask('focus', 'CONCLAVE_FOCUS_HTTP_PORT', '/stats');
  const bridges = await Promise.all(
    (['bridge', 'other bridge'] as const).map((bridge) =>
      ask(bridge, 'CONCLAVE_BRIDGE_HTTP_PORT', '/colibri/stats'),
    ),
  );
  const { output } = await stage.instance.conclavectl('sessions', `guest.${stage.instance.domain}`);
  const total = (name: string): number => bridges.reduce((sum, each) => sum + Number(each[name]), 0);
  return {
    'sessions of guests': output.split('\n').filter((line) => line.includes('@guest.')).length,
    'conferences of the focus': Number(focus['conferences']),
    'participants of the focus': Number(focus['participants_current']),
    'conferences of the bridges': total('conferences'),
    'endpoints of the bridges': total('endpoints'),
  };
}
