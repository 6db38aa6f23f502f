/** The room configuration form (XEP-0045 s.10.2): fields as data, by which it is shown and a submission is read. */
import { type DataForm, type DataFormField, formTypeField, type Jid, NS } from '@conclave/signaling';
import type { RoomConfig } from './config.js';
import type { Room } from './room.js';

type FieldOption = NonNullable<DataFormField['options']>[number];

export interface ConfigField {
  readonly var: string;
  /** Other names under which clients know it; they are understood, but not shown. */
  readonly aliases?: readonly string[];
  readonly type: 'boolean' | 'text-single' | 'text-private' | 'list-single' | 'list-multi' | 'jid-multi';
  readonly label: string;
  readonly options?: readonly FieldOption[] | ((room: Room) => readonly FieldOption[]);
  read(room: Room): string | readonly string[];
  /** Writes into a draft; false for values that cannot be taken. Without it the field is shown, and ignored in a submission. */
  write?(draft: RoomConfig, value: string, values: readonly string[]): boolean;
  /** Who is shown the field, and may change what it says; without it every owner. */
  isFor?(owner: Jid, room: Room): boolean;
}

type KeysOf<T> = { [K in keyof RoomConfig]: RoomConfig[K] extends T ? K : never }[keyof RoomConfig];
/** Keys of settings that are one of some words. */
type ChoiceKeys = 'whois' | 'allowPm';
/** Keys of settings that are some of some words. */
type SelectionKeys = 'presenceBroadcast' | 'memberListReaders';

/** XML Schema boolean, as forms carry it. */
export function parseBoolean(value: string): boolean | undefined {
  if (value === '1' || value === 'true') return true;
  if (value === '0' || value === 'false') return false;
  return undefined;
}

export function booleanField(name: string, key: KeysOf<boolean>, label: string): ConfigField {
  return {
    var: name,
    type: 'boolean',
    label,
    read: (room) => (room.config[key] ? '1' : '0'),
    write: (draft, value) => {
      const parsed = parseBoolean(value);
      if (parsed !== undefined) draft[key] = parsed;
      return parsed !== undefined;
    },
  };
}

export function textField(
  name: string,
  key: Exclude<KeysOf<string>, ChoiceKeys>,
  label: string,
  isAcceptable: (value: string) => boolean,
): ConfigField {
  return {
    var: name,
    type: key === 'password' ? 'text-private' : 'text-single',
    label,
    read: (room) => room.config[key],
    write: (draft, value) => {
      if (!isAcceptable(value)) return false;
      draft[key] = value;
      return true;
    },
  };
}

const isCount = (value: string): boolean => /^\d{1,6}$/.test(value);

export function numberField(name: string, key: KeysOf<number>, label: string): ConfigField {
  return {
    var: name,
    type: 'text-single',
    label,
    read: (room) => String(room.config[key]),
    write: (draft, value) => {
      if (isCount(value)) draft[key] = Number(value);
      return isCount(value);
    },
  };
}

/** A number that need not be one of those that are offered; `none` stands for 0. */
export function limitField(
  name: string,
  key: KeysOf<number>,
  label: string,
  offered: readonly number[],
): ConfigField {
  const said = (limit: number): string => (limit === 0 ? 'none' : String(limit));
  return {
    ...numberField(name, key, label),
    type: 'list-single',
    options: (room) =>
      [...new Set([0, ...offered, room.config[key]])]
        .sort((a, b) => a - b)
        .map((limit) => ({ value: said(limit) })),
    read: (room) => said(room.config[key]),
    write: (draft, value) => {
      if (value !== 'none' && !isCount(value)) return false;
      draft[key] = value === 'none' ? 0 : Number(value);
      return true;
    },
  };
}

function optionsOf(labels: Readonly<Record<string, string>>): readonly FieldOption[] {
  return Object.entries(labels).map(([value, label]) => ({ value, label }));
}

export function choiceField<K extends ChoiceKeys>(
  name: string,
  key: K,
  label: string,
  choices: Readonly<Record<RoomConfig[K], string>>,
): ConfigField {
  return {
    var: name,
    type: 'list-single',
    label,
    options: optionsOf(choices),
    read: (room) => room.config[key],
    write: (draft, value) => {
      if (!Object.hasOwn(choices, value)) return false;
      draft[key] = value as RoomConfig[K];
      return true;
    },
  };
}

export function selectionField<K extends SelectionKeys>(
  name: string,
  key: K,
  label: string,
  choices: Readonly<Record<RoomConfig[K][number], string>>,
): ConfigField {
  return {
    var: name,
    type: 'list-multi',
    label,
    options: optionsOf(choices),
    read: (room) => room.config[key],
    write: (draft, _, values) => {
      if (values.some((value) => !Object.hasOwn(choices, value))) return false;
      // In the order of the choices, so that the order of a submission changes nothing.
      draft[key] = Object.keys(choices).filter((choice) => values.includes(choice)) as RoomConfig[K];
      return true;
    },
  };
}

/** What became of a submission: the draft to be put in force, or the field that cannot be taken. */
export type Submission = { readonly config: RoomConfig } | { readonly invalid: string };

function submitted({ var: name, aliases = [] }: ConfigField, form: DataForm): readonly string[] | undefined {
  const names = [name, ...aliases];
  return form.fields.find((field) => names.includes(field.var))?.values;
}

export class ConfigForm {
  #fields: readonly ConfigField[];

  constructor(fields: readonly ConfigField[]) {
    this.#fields = fields;
  }

  /** Adds a field of a module; the returned function withdraws it. */
  add(field: ConfigField): () => void {
    this.#fields = [...this.#fields, field];
    return () => {
      this.#fields = this.#fields.filter((other) => other !== field);
    };
  }

  /** The form as this owner gets it. */
  render(room: Room, owner: Jid): DataForm {
    const shown = this.#fields.filter((field) => field.isFor?.(owner, room) !== false);
    const fields = shown.map((field): DataFormField => {
      const values = field.read(room);
      const options = typeof field.options === 'function' ? field.options(room) : field.options;
      return {
        var: field.var,
        type: field.type,
        label: field.label,
        values: typeof values === 'string' ? [values] : values,
        ...(options === undefined ? {} : { options }),
      };
    });
    return {
      type: 'form',
      title: `Configuration of ${room.jid.toString()}`,
      fields: [formTypeField(NS.mucRoomConfig), ...fields],
    };
  }

  /** Tries a submitted form out: fields that are absent stay as they are, unknown ones are ignored. */
  submit(room: Room, owner: Jid, form: DataForm): Submission {
    const config = { ...room.config };
    for (const field of this.#fields) {
      const values = submitted(field, form);
      if (values === undefined || field.write === undefined) continue;
      if (field.isFor?.(owner, room) === false) {
        if (String(field.read(room)) !== String(values)) return { invalid: field.var };
        continue;
      }
      // A list of which nothing is chosen is a choice; any other field without a value says nothing.
      const [value] = values;
      if (value === undefined && !field.type.endsWith('-multi')) continue;
      if (!field.write(config, value ?? '', values)) return { invalid: field.var };
    }
    return { config };
  }
}
