/**
 * Two network namespaces with a wire between them, one for who is measured and one for the load: libnice, and with it janus, does not
 * use loopback addresses. Needs root; what was made goes with the process.
 */
import { spawnSync } from 'node:child_process';

/** Where a process of the benchmark runs. */
export interface Place {
  /** What its command begins with. */
  readonly command: readonly string[];
  readonly address: string;
}

export interface Places {
  readonly subject: Place;
  readonly load: Place;
}

const loopback: Place = { command: [], address: '127.0.0.1' };
export const onLoopback: Places = { subject: loopback, load: loopback };

function ip(...args: readonly string[]): boolean {
  return spawnSync('ip', args, { stdio: 'ignore' }).status === 0;
}

/** Undefined: this user, or this machine, cannot. */
export function makeNamespaces(): Places | undefined {
  const [subject, load] = [`cb${process.pid}s`, `cb${process.pid}l`];
  const [near, far] = [`${subject}0`, `${load}0`];
  const remove = (): void => {
    ip('netns', 'del', subject);
    ip('netns', 'del', load);
  };
  process.once('exit', remove);
  const made =
    ip('netns', 'add', subject) &&
    ip('netns', 'add', load) &&
    ip('link', 'add', near, 'netns', subject, 'type', 'veth', 'peer', 'name', far, 'netns', load) &&
    ip('-n', subject, 'address', 'add', '10.198.7.1/30', 'dev', near) &&
    ip('-n', load, 'address', 'add', '10.198.7.2/30', 'dev', far) &&
    [subject, load].every((each) => ip('-n', each, 'link', 'set', 'lo', 'up')) &&
    ip('-n', subject, 'link', 'set', near, 'up') &&
    ip('-n', load, 'link', 'set', far, 'up');
  if (!made) {
    remove();
    return undefined;
  }
  const place = (name: string, address: string): Place => ({
    command: ['ip', 'netns', 'exec', name],
    address,
  });
  return { subject: place(subject, '10.198.7.1'), load: place(load, '10.198.7.2') };
}
