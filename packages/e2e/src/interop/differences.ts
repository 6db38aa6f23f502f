/** How two servers' answers differ, and which differences docs/handbook/differences-from-prosody.md accepts and why. */
import { readFile } from 'node:fs/promises';
import type { Answer } from './facts.js';
import type { Transcript } from './stage.js';

/** What only one of the two said at a step to an actor. */
export interface Difference {
  readonly where: string;
  readonly prosody: readonly string[];
  readonly conclave: readonly string[];
}

export interface AcceptedDifference extends Difference {
  readonly why: string;
}

/**
 * A row of the table with this instead of a step is a rule: what Prosody says so to an occupant, at any step, ours says as the row has
 * it, one for one, and never as Prosody does; where a cell is empty, that server never says it.
 */
const inRooms = 'in rooms';

const table = new URL('../../../../docs/handbook/differences-from-prosody.md', import.meta.url);

/** Rows of the form `| step | Prosody | Conclave | why |`, where the two servers' cells hold facts as code, one after another. */
export async function acceptedDifferences(): Promise<readonly AcceptedDifference[]> {
  const rows = (await readFile(table, 'utf8')).split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(2).map((row) => {
    const cells = row.slice(2, -2).split(' | ');
    const [where = '', prosody = '', conclave = '', why = ''] = cells.map((cell) => cell.trim());
    const facts = (cell: string): string[] => [...cell.matchAll(/`([^`]*)`/g)].map(([, fact]) => fact ?? '');
    return { where, prosody: facts(prosody), conclave: facts(conclave), why };
  });
}

/** As a row for the table: for whoever has to explain it. */
export function row({ where, prosody, conclave }: Difference): string {
  const cell = (facts: readonly string[]): string => facts.map((fact) => `\`${fact}\``).join(' ') || '–';
  return `| ${where} | ${cell(prosody)} | ${cell(conclave)} | ? |`;
}

/** Everything that differs, when the rules have been followed. */
export function differences(
  prosody: Transcript,
  conclave: Transcript,
  accepted: readonly AcceptedDifference[],
): readonly Difference[] {
  const rules = accepted.filter(isRule);
  return [...new Set([...prosody.keys(), ...conclave.keys()])].flatMap((where) => {
    const [theirs, ours] = [prosody.get(where) ?? [], conclave.get(where) ?? []];
    const [toldByThem, toldByUs] = [facts(theirs, 'prosody', rules), facts(ours, 'conclave', rules)];
    const onlyTheirs = without(toldByThem, toldByUs);
    const onlyOurs = without(toldByUs, toldByThem);
    if (onlyTheirs.length + onlyOurs.length > 0) return [{ where, prosody: onlyTheirs, conclave: onlyOurs }];
    const [theirOrder, ourOrder] = [order(theirs), order(ours)];
    return theirOrder === ourOrder ? [] : [{ where, prosody: [theirOrder], conclave: [ourOrder] }];
  });
}

/** Whether a row is of one step of one dialogue. */
export function isSpecific(row: AcceptedDifference): boolean {
  return !isRule(row);
}

export function isRule({ where }: AcceptedDifference): boolean {
  return where === inRooms;
}

type Side = 'prosody' | 'conclave';

function facts(answers: readonly Answer[], side: Side, rules: readonly AcceptedDifference[]): string[] {
  return answers.flatMap(({ subject, facts: said }) => {
    // An error has the id of what it answers.
    const isRuled = / from [^ ]*@conference\./.test(subject) && !said.includes('[type=error]');
    const told = isRuled ? said.flatMap((fact) => ruled(fact, side, rules)) : said;
    return told.map((fact) => `${subject}: ${fact}`);
  });
}

/** As ours says it, or nothing where only one of the two says anything. */
function ruled(fact: string, side: Side, rules: readonly AcceptedDifference[]): readonly string[] {
  const rule = rules.find(
    (each) => each[side].includes(fact) && (side === 'prosody' || each.prosody.length === 0),
  );
  if (rule === undefined) return [fact];
  return side === 'prosody' ? rule.conclave : [];
}

/** In which order stanzas came. Presences of others have none (neither a server's nor a room's), but one's own in a room comes after them. */
function order(answers: readonly Answer[]): string {
  const subjects = answers.map(({ subject, facts: said }) => ({
    subject,
    free: subject.startsWith('presence') && !said.some((fact) => fact.endsWith('status[code=110]')),
  }));
  const runs = subjects.reduce<{ free: boolean; names: string[] }[]>((all, { subject, free }) => {
    const last = all.at(-1);
    if (last?.free === true && free) last.names.push(subject);
    else all.push({ free, names: [subject] });
    return all;
  }, []);
  return `order: ${runs.flatMap(({ names }) => names.sort()).join(', ')}`;
}

function without(all: readonly string[], taken: readonly string[]): string[] {
  const left = [...taken];
  return all.filter((fact) => {
    const index = left.indexOf(fact);
    if (index !== -1) left.splice(index, 1);
    return index === -1;
  });
}
