/** How busy the bridge is: what the focus chooses bridges by. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';

/** The load at which the bridge counts as full. */
const FULL_LOAD = 0.9;

/** Of the process. The media path runs on one thread: its event loop may be full long before the machine is. */
export class LoadMeter {
  #cpu = process.cpuUsage();
  #loop = performance.eventLoopUtilization();
  #time = performance.now();
  #jiffies = readJiffies();
  #stress = 0;
  #work = 0;
  #steal = 0;

  /** @param fullPacketRate packets a second, both ways, at which the bridge counts as full; 0: they do not count */
  constructor(private readonly fullPacketRate = 0) {}

  /** 0 idle … 1 full and beyond, as of the last `sample`. */
  get stress(): number {
    return this.#stress;
  }

  /** Time on processors in proportion to time that has passed (1 is one core), as of the last `sample`. */
  get work(): number {
    return this.#work;
  }

  /** Share of the machine's time that other guests of its host took, 0 … 1; 0 where nobody tells. */
  get steal(): number {
    return this.#steal;
  }

  /** Measures the time since the last sample, in which `packetRate` packets a second came and went. */
  sample(packetRate: number): void {
    const now = performance.now();
    const { user, system } = process.cpuUsage(this.#cpu);
    this.#work = (user + system) / 1000 / Math.max(1, now - this.#time);
    const loop = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(loop, this.#loop);
    const packets = this.fullPacketRate === 0 ? 0 : packetRate / this.fullPacketRate;
    this.#stress = Math.max(Math.max(this.#work / availableParallelism(), utilization) / FULL_LOAD, packets);
    this.#cpu = process.cpuUsage();
    this.#loop = loop;
    this.#time = now;
    const jiffies = readJiffies();
    const all = jiffies.all - this.#jiffies.all;
    this.#steal = all <= 0 ? 0 : Math.max(0, (jiffies.stolen - this.#jiffies.stolen) / all);
    this.#jiffies = jiffies;
  }
}

/** The first line of /proc/stat (proc(5)): user nice system idle iowait irq softirq steal …; nothing on other systems. */
function readJiffies(): { readonly all: number; readonly stolen: number } {
  try {
    const [line = ''] = readFileSync('/proc/stat', 'latin1').split('\n', 1);
    const times = line.trim().split(/\s+/).slice(1, 9).map(Number);
    return { all: times.reduce((sum, time) => sum + time, 0), stolen: times[7] ?? 0 };
  } catch {
    return { all: 0, stolen: 0 };
  }
}
