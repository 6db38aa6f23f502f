import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { IceTransport } from '@conclave/signaling';
import { noTransportCounts } from '../transport-counts.js';
import {
  DEFAULT_ICE_RESTARTS,
  type IceRestartOptions,
  IceRestarts,
  type RestartAgent,
} from './ice-restarts.js';

class ScriptedAgent implements RestartAgent {
  readonly started: unknown[][] = [];
  closed = 0;
  readonly credentials;
  constructor(name: string) {
    this.credentials = { ufrag: name, pwd: `password of ${name}` };
  }
  start(...args: unknown[]): void {
    this.started.push(args);
  }
  close(): void {
    this.closed += 1;
  }
}

let first: ScriptedAgent;
let agents: ScriptedAgent[];
let restarts: IceRestarts<ScriptedAgent>;
let counts = noTransportCounts().iceRestarts;
let host: {
  established: boolean;
  createAgent: () => ScriptedAgent;
  takeOver: ReturnType<typeof vi.fn<(agent: ScriptedAgent) => void>>;
  lost: ReturnType<typeof vi.fn<() => void>>;
};

function open(options: Partial<IceRestartOptions> = {}): void {
  first = new ScriptedAgent('first');
  agents = [];
  counts = noTransportCounts().iceRestarts;
  host = {
    established: true,
    createAgent: () => {
      const agent = new ScriptedAgent(`agent ${agents.length + 1}`);
      agents.push(agent);
      return agent;
    },
    takeOver: vi.fn(),
    lost: vi.fn(),
  };
  restarts = new IceRestarts<ScriptedAgent>(first, { ...DEFAULT_ICE_RESTARTS, ...options }, host, counts);
}

const answer = (iceGeneration: number | undefined, ufrag = 'client'): IceTransport => ({
  ufrag,
  pwd: 'password of the client',
  ...(iceGeneration !== undefined && { iceGeneration }),
  rtcpMux: true,
  candidates: [],
  fingerprints: [],
  webSockets: [],
});

/** A restart whose agent is connected. */
function moved(): ScriptedAgent {
  restarts.request();
  restarts.answered(answer(restarts.description.iceGeneration));
  const agent = agents.at(-1)!;
  restarts.connected(agent);
  return agent;
}

beforeEach(() => {
  vi.useFakeTimers();
  open();
});

afterEach(() => {
  restarts.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('an ICE restart before there is a connection', () => {
  beforeEach(() => {
    host.established = false;
  });

  it('keeps the agent, which is described without a generation', () => {
    expect(restarts.request()).toBe('kept');
    expect(restarts.description).toEqual(first.credentials);
    expect(agents).toEqual([]);
    expect(counts).toMatchObject({ started: 0, notEstablished: 1 });
  });

  it('is begun when asked for again, once there is one', () => {
    restarts.request();
    host.established = true;
    expect(restarts.request()).toBe('started');
    expect(restarts.description.iceGeneration).toBe(1);
  });
});

describe('an ICE restart', () => {
  it('describes a new agent with the next generation, and leaves the media where they are', () => {
    expect(restarts.description).toEqual(first.credentials);
    expect(restarts.request()).toBe('started');
    expect(restarts.description).toEqual({ ...agents[0]!.credentials, iceGeneration: 1 });
    expect(host.takeOver).not.toHaveBeenCalled();
    expect(first.closed).toBe(0);
    expect(agents[0]!.started).toEqual([]);
    expect(counts.started).toBe(1);
  });

  it('that is asked for again before the answer is the same one', () => {
    restarts.request();
    const { description } = restarts;
    expect(restarts.request()).toBe('started');
    expect(restarts.description).toEqual(description);
    expect(agents).toHaveLength(1);
    expect(counts).toMatchObject({ started: 1, superseded: 0 });
  });

  it('that is asked for again after the answer is superseded by a new one', () => {
    restarts.request();
    restarts.answered(answer(1));
    expect(restarts.request()).toBe('started');
    expect(agents[0]!.closed).toBe(1);
    expect(restarts.description).toEqual({ ...agents[1]!.credentials, iceGeneration: 2 });
    expect(counts).toMatchObject({ started: 2, superseded: 1, failed: 0 });
    restarts.connected(agents[0]!);
    expect(host.takeOver).not.toHaveBeenCalled();
  });

  it('checks with the credentials of the answer that repeats its generation', () => {
    restarts.request();
    restarts.answered(answer(1));
    expect(agents[0]!.started).toEqual([[{ ufrag: 'client', pwd: 'password of the client' }, []]]);
  });

  it('is told which addresses are relays', () => {
    restarts.request();
    const candidate = {
      foundation: '1',
      component: 1,
      protocol: 'udp',
      priority: 1,
      port: 9,
      generation: 0,
      id: '1',
    } as const;
    restarts.answered({
      ...answer(1),
      candidates: [
        { ...candidate, type: 'host', ip: '192.0.2.1' },
        { ...candidate, type: 'relay', ip: '192.0.2.2' },
      ],
    });
    expect(agents[0]!.started[0]![1]).toEqual(['192.0.2.2 9']);
  });

  it.each([
    ['no generation', answer(undefined)],
    ['another generation', answer(2)],
    ['a former generation', answer(0)],
    ['no credentials', { ...answer(1), pwd: undefined } as unknown as IceTransport],
  ])('is not concerned by an answer of %s', (_, wrong) => {
    restarts.request();
    restarts.answered(wrong);
    expect(agents[0]!.started).toEqual([]);
  });

  it('takes one answer only', () => {
    restarts.request();
    restarts.answered(answer(1));
    restarts.answered(answer(1));
    restarts.answered(answer(1, 'other'));
    expect(agents[0]!.started).toHaveLength(1);
  });

  it('cuts over when its agent is connected, which is described without a generation from then on', () => {
    const agent = moved();
    expect(host.takeOver).toHaveBeenCalledExactlyOnceWith(agent);
    expect(restarts.description).toEqual(agent.credentials);
    expect(counts).toMatchObject({ started: 1, succeeded: 1, failed: 0 });
  });

  it('frees the former agent after the window, and not before', () => {
    moved();
    vi.advanceTimersByTime(2999);
    expect(first.closed).toBe(0);
    vi.advanceTimersByTime(1);
    expect(first.closed).toBe(1);
  });

  it('that fails leaves the former agent and the transport as they are', () => {
    restarts.request();
    restarts.answered(answer(1));
    restarts.failed(agents[0]!);
    expect(agents[0]!.closed).toBe(1);
    expect(first.closed).toBe(0);
    expect(host.lost).not.toHaveBeenCalled();
    expect(restarts.description).toEqual(first.credentials);
    expect(counts).toMatchObject({ succeeded: 0, failed: 1 });
  });

  it.each([
    ['without an answer', false],
    ['without a way to the client', true],
  ])('is abandoned after its time %s', (_, answers) => {
    restarts.request();
    if (answers) restarts.answered(answer(1));
    vi.advanceTimersByTime(19_999);
    expect(agents[0]!.closed).toBe(0);
    vi.advanceTimersByTime(1);
    expect(agents[0]!.closed).toBe(1);
    expect(first.closed).toBe(0);
    expect(counts.failed).toBe(1);
  });

  it('is not abandoned once it has cut over', () => {
    const agent = moved();
    vi.advanceTimersByTime(60_000);
    expect(agent.closed).toBe(0);
    expect(counts.failed).toBe(0);
  });

  it('after another has a generation of its own, and replaces that one', () => {
    const before = moved();
    const agent = moved();
    expect(counts).toMatchObject({ started: 2, succeeded: 2, superseded: 0 });
    expect(host.takeOver).toHaveBeenLastCalledWith(agent);
    vi.advanceTimersByTime(3000);
    expect([first.closed, before.closed, agent.closed]).toEqual([1, 1, 0]);
  });

  it('that is refused by a failed agent does not begin with the generation of that one', () => {
    restarts.request();
    restarts.failed(agents[0]!);
    restarts.request();
    expect(restarts.description.iceGeneration).toBe(2);
    restarts.answered(answer(1));
    expect(agents[1]!.started).toEqual([]);
  });

  it('reports the loss of the agent that carries the media, and of no other', () => {
    const before = moved();
    const agent = moved();
    restarts.failed(before);
    expect(host.lost).not.toHaveBeenCalled();
    restarts.failed(agent);
    expect(host.lost).toHaveBeenCalledOnce();
  });
});

describe('a stopped transport', () => {
  it('frees the agent that is tried, and its timer', () => {
    restarts.request();
    restarts.stop();
    expect([agents[0]!.closed, first.closed]).toEqual([1, 1]);
    expect(vi.getTimerCount()).toBe(0);
    expect(counts.failed).toBe(0);
  });

  it('frees the agents of before and after a restart', () => {
    const agent = moved();
    restarts.stop();
    expect([agent.closed, first.closed]).toEqual([1, 1]);
  });

  it('begins no restart', () => {
    restarts.stop();
    expect(restarts.request()).toBe('unavailable');
  });
});

describe('there is no ICE restart', () => {
  it.each([
    ['where it is switched off', { enabled: false }],
    ['without time for it', { timeout: 0 }],
  ])('%s', (_, options) => {
    open(options);
    expect(restarts.request()).toBe('unavailable');
    expect(restarts.description).toEqual(first.credentials);
    expect(counts).toMatchObject({ started: 0, rejected: 1 });
  });

  it('where no agent can be made, and one that is tried goes on', () => {
    restarts.request();
    restarts.answered(answer(1));
    host.createAgent = () => {
      throw new Error('no agent');
    };
    expect(restarts.request()).toBe('unavailable');
    expect(counts.agentCreationFailed).toBe(1);
    restarts.connected(agents[0]!);
    expect(host.takeOver).toHaveBeenCalledOnce();
  });
});
