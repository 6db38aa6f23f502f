/** What a command-line program has around it, passed in so that tests can stand in for a terminal. */
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';

export interface Terminal {
  readonly environment: NodeJS.ProcessEnv;
  readonly directory: string;
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(mode: boolean): unknown };
  out(line: string): void;
  err(line: string): void;
  /** On the standard error, without a line's end. */
  prompt(text: string): void;
}

export const processTerminal: Terminal = {
  environment: process.env,
  directory: process.cwd(),
  stdin: process.stdin,
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  prompt: (text) => void process.stderr.write(text),
};

/** Asks for a password twice, without echo. @returns undefined when the two differ or the input ends */
export async function askNewPassword(terminal: Terminal): Promise<string | undefined> {
  // A terminal interface without an output echoes nothing, and still knows backspace and Ctrl-C.
  const lines = createInterface({ input: terminal.stdin, terminal: terminal.stdin.isTTY === true });
  lines.once('SIGINT', () => lines.close());
  try {
    const answers = lines[Symbol.asyncIterator]();
    terminal.prompt('Enter new password: ');
    const first = await answers.next();
    terminal.prompt('\nRetype new password: ');
    const second = await answers.next();
    terminal.prompt('\n');
    if (first.done === true || second.done === true || first.value === '') return undefined;
    return first.value === second.value ? first.value : undefined;
  } finally {
    lines.close();
  }
}

/** The first line of the standard input. */
export async function readPasswordLine(terminal: Terminal): Promise<string | undefined> {
  const [line] = (await text(terminal.stdin)).split(/\r?\n/, 1);
  return line === '' ? undefined : line;
}
