/** What all processes under test have in common: how they are told what to do, and how they reach the load. */
import { type LoadCommand, type SubjectCommand, tell } from './messages.js';
import type { Scenario } from './scenario.js';

/** The load generator, as a process under test sees it. */
export interface Load {
  /** Its answer to an offer, on a connection that sends what a camera sees, if `sends` names one. */
  answer(connection: string, offer: string, sends?: number): Promise<string>;
  /** Its offer of a connection that only sends. */
  offer(connection: string, sends: number): Promise<string>;
  accept(connection: string, answer: string): void;
}

export interface Subject {
  /** Of the process that forwards. */
  readonly pid: number;
  /** Resolves when all clients of the scenario are connected. */
  begin(scenario: Scenario, load: Load): Promise<void>;
  stop(): void;
}

/** Lets `subject` be told by the benchmark; ends the process with it. */
export function run(subject: Subject): void {
  const waiting = new Map<string, (sdp: string) => void>();
  const describe = (command: Extract<LoadCommand, { kind: 'answer' | 'offer' }>): Promise<string> =>
    new Promise((resolve) => {
      waiting.set(command.connection, resolve);
      tell({ kind: 'load', command });
    });
  const load: Load = {
    answer: (connection, offer, sends) =>
      describe({ kind: 'answer', connection, offer, ...(sends === undefined ? {} : { sends }) }),
    offer: (connection, sends) => describe({ kind: 'offer', connection, sends }),
    accept: (connection, answer) => tell({ kind: 'load', command: { kind: 'accept', connection, answer } }),
  };
  const end = (): void => {
    subject.stop();
    process.exit(0);
  };
  const fail = (error: unknown): void => {
    process.stderr.write(`${String(error)}\n`);
    subject.stop();
    process.exit(1);
  };
  process.on('message', (command: SubjectCommand) => {
    switch (command.kind) {
      case 'begin':
        subject.begin(command.scenario, load).then(() => tell({ kind: 'ready', pid: subject.pid }), fail);
        break;
      case 'described':
        waiting.get(command.connection)?.(command.sdp);
        waiting.delete(command.connection);
        break;
      case 'stop':
        end();
    }
  });
  process.on('disconnect', end);
  tell({ kind: 'idle', pid: subject.pid });
}
