/**
 * conclave.yaml as a source of settings: what the file says, with the line of each value. Unknown keys and wrong types are
 * problems with a line number; all of them are found in one pass, so that a person corrects a file once.
 */
import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import type { ErrorCode } from '../errors/codes.js';
import type { Setting } from './setting.js';
import { suggestion } from './suggestion.js';

export interface Problem {
  readonly code: ErrorCode;
  readonly detail: string;
}

interface FileValue {
  readonly value: unknown;
  /** Counted from 1. */
  readonly line: number;
}

export interface FileSettings {
  /** By key, e.g. `http.port`. */
  readonly values: ReadonlyMap<string, FileValue>;
  readonly problems: readonly Problem[];
  /** Where a key stands, or as much of it as is there; counted from 1. */
  lineOf(path: readonly string[]): number;
}

/** @param file how the messages name the file */
export function readYamlSettings(text: string, file: string, settings: readonly Setting[]): FileSettings {
  const lines = new LineCounter();
  const document: Document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const where = (offset: number | undefined): number => lines.linePos(offset ?? 0).line;
  const values = new Map<string, FileValue>();
  const problems: Problem[] = document.errors.map((error) => ({
    code: 'CONF-002',
    detail: `${file}, line ${where(error.pos[0])}: ${error.message}`,
  }));
  const lineOf = (path: readonly string[]): number => {
    let node: unknown = document.contents;
    let line = 1;
    for (const name of path) {
      const pair = isMap(node)
        ? node.items.find(({ key }) => isScalar(key) && String(key.value) === name)
        : undefined;
      if (pair === undefined) break;
      line = where((pair.key as Node).range?.[0]);
      node = pair.value;
    }
    return line;
  };
  if (problems.length > 0 || document.contents === null) return { values, problems, lineOf };

  const byKey = new Map(settings.map((setting) => [setting.path.join('.'), setting]));
  const sections = new Set(
    settings.flatMap(({ path }) => path.slice(1).map((_, i) => path.slice(0, i + 1).join('.'))),
  );
  const known = (prefix: string): string[] => [
    ...new Set(
      [...byKey.keys()]
        .filter((key) => key.startsWith(prefix))
        .map((key) => key.slice(prefix.length).split('.')[0] ?? ''),
    ),
  ];

  const readSection = (map: YAMLMap, prefix: string): void => {
    for (const item of map.items) {
      const keyNode = item.key as Node | null;
      const line = where(keyNode?.range?.[0]);
      const name = isScalar(keyNode) ? String(keyNode.value) : '?';
      const key = prefix + name;
      const value = item.value as Node | null;
      const setting = byKey.get(key);
      if (setting) {
        readValue(setting, key, value, line);
      } else if (sections.has(key)) {
        if (isMap(value)) readSection(value, `${key}.`);
        else if (!isEmpty(value))
          problems.push(wrong(key, line, `must be a section with the keys ${known(`${key}.`).join(', ')}`));
      } else {
        const near = suggestion(name, known(prefix)) ?? suggestion(key, [...byKey.keys()]);
        const full = near === undefined || near.includes('.') ? near : prefix + near;
        const hint = full === undefined ? '' : `; did you mean \`${full}\`?`;
        problems.push({ code: 'CONF-003', detail: `${file}, line ${line}: unknown key \`${key}\`${hint}` });
      }
    }
  };

  const readValue = (setting: Setting, key: string, node: Node | null, line: number): void => {
    if (isEmpty(node)) return;
    const value: unknown = node?.toJS(document);
    const parsed = setting.schema.safeParse(value);
    if (parsed.success) values.set(key, { value, line: where(node?.range?.[0]) });
    else
      problems.push(
        wrong(key, line, `${parsed.error.issues[0]?.message ?? 'is wrong'}${insteadOf(setting, value)}`),
      );
  };

  const wrong = (key: string, line: number, why: string): Problem => ({
    code: 'CONF-004',
    detail: `${file}, line ${line}: \`${key}\` ${why}`,
  });

  if (isMap(document.contents)) readSection(document.contents, '');
  else
    problems.push({
      code: 'CONF-004',
      detail: `${file}, line 1: the file must be a list of \`key: value\` lines`,
    });
  return { values, problems, lineOf };
}

/** `key:` with nothing after it counts as absent. */
const isEmpty = (node: Node | null): boolean => node === null || (isScalar(node) && node.value === null);

/** What was given, as messages tell it; of a secret, nothing. */
export function insteadOf({ secret }: Setting, value: unknown): string {
  return secret === true ? '' : `, not ${shown(value)}`;
}

/** A value as the messages show it: short, on one line. */
function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
