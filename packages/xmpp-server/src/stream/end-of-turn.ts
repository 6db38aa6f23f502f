/** Work put off to the end of the event loop's turn, so that what a turn writes to a socket goes out together. */

let tasks: (() => void)[] = [];

function run(): void {
  const due = tasks;
  tasks = [];
  for (const task of due) task();
}

/** Runs `task` once at the end of this turn, after all input of the turn was handled. It must not throw. */
export function atEndOfTurn(task: () => void): void {
  if (tasks.length === 0) setImmediate(run);
  tasks.push(task);
}
