/** The room configuration form (XEP-0045 s.10.2, s.15.3): every field as data, and the one way to submit them. */
import { type DataForm, type DataFormField, formTypeField, formValue, NS } from '@conclave/signaling';
import type { RoomConfig } from './config.js';
import type { Room } from './room.js';

export interface ConfigField {
  readonly var: string;
  readonly type: 'boolean' | 'text-single' | 'text-private' | 'list-single';
  readonly label: string;
  readonly options?: readonly { readonly value: string; readonly label: string }[];
  read(room: Room): string;
  /** Writes into a draft; false for a value that cannot be taken. Without it the field is shown, and ignored in a submission. */
  write?(draft: RoomConfig, value: string): boolean;
}

type KeysOf<T> = { [K in keyof RoomConfig]: RoomConfig[K] extends T ? K : never }[keyof RoomConfig];

const namespace = 'muc#roomconfig_';

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

function textField(
  name: string,
  key: 'name' | 'description' | 'language' | 'password',
  label: string,
  maxLength: number,
): ConfigField {
  return {
    var: namespace + name,
    type: key === 'password' ? 'text-private' : 'text-single',
    label,
    read: (room) => room.config[key],
    write: (draft, value) => {
      if (value.length > maxLength) return false;
      draft[key] = value;
      return true;
    },
  };
}

function numberField(
  name: string,
  key: KeysOf<number>,
  label: string,
  /** A choice that stands for 0. */
  zero?: string,
): ConfigField {
  return {
    var: namespace + name,
    type: 'text-single',
    label,
    read: (room) => (zero !== undefined && room.config[key] === 0 ? zero : String(room.config[key])),
    write: (draft, value) => {
      if (value !== zero && !/^\d{1,6}$/.test(value)) return false;
      draft[key] = value === zero ? 0 : Number(value);
      return true;
    },
  };
}

function choiceField<K extends 'whois' | 'allowPm'>(
  name: string,
  key: K,
  label: string,
  choices: Readonly<Record<RoomConfig[K], string>>,
): ConfigField {
  const options = Object.entries<string>(choices).map(([value, text]) => ({ value, label: text }));
  return {
    var: namespace + name,
    type: 'list-single',
    label,
    options,
    read: (room) => room.config[key],
    write: (draft, value) => {
      if (!Object.hasOwn(choices, value)) return false;
      draft[key] = value as RoomConfig[K];
      return true;
    },
  };
}

/** Says aloud what a non-empty secret implies; clients that lock a room send it beside the secret, so it is read after it. */
const passwordProtected: ConfigField = {
  var: `${namespace}passwordprotectedroom`,
  type: 'boolean',
  label: 'Password required to enter?',
  read: (room) => (room.config.password === '' ? '0' : '1'),
  write: (draft, value) => {
    const locked = parseBoolean(value);
    if (locked === false) draft.password = '';
    return locked === false || (locked === true && draft.password !== '');
  },
};

const standardFields: readonly ConfigField[] = [
  textField('roomname', 'name', 'Name', 256),
  textField('roomdesc', 'description', 'Description', 1024),
  textField('lang', 'language', 'Language', 35),
  booleanField(`${namespace}publicroom`, 'public', 'List the room publicly?'),
  textField('roomsecret', 'password', 'Password', 1024),
  passwordProtected,
  booleanField(`${namespace}membersonly`, 'membersOnly', 'Only members may enter?'),
  booleanField(
    '{http://prosody.im/protocol/muc}roomconfig_allowmemberinvites',
    'memberInvites',
    'May members admit others by inviting them?',
  ),
  booleanField(`${namespace}changesubject`, 'changeSubject', 'May participants change the subject?'),
  booleanField(`${namespace}moderatedroom`, 'moderated', 'Do newcomers need leave to speak?'),
  choiceField('whois', 'whois', 'Who may see real addresses?', {
    moderators: 'Moderators only',
    anyone: 'Anyone',
  }),
  choiceField('allowpm', 'allowPm', 'Who may send private messages?', {
    anyone: 'Anyone',
    participants: 'Participants',
    moderators: 'Moderators',
    none: 'Nobody',
  }),
  numberField('historylength', 'historyLength', 'Messages kept for newcomers'),
  numberField('maxusers', 'maxOccupants', 'Most occupants', 'none'),
];

/** What became of a submission: the draft to be put in force, or the field that cannot be taken. */
export type Submission = { readonly config: RoomConfig } | { readonly invalid: string };

export class ConfigForm {
  #fields: readonly ConfigField[] = standardFields;

  /** Adds a field of a module; the returned function withdraws it. */
  add(field: ConfigField): () => void {
    this.#fields = [...this.#fields, field];
    return () => {
      this.#fields = this.#fields.filter((other) => other !== field);
    };
  }

  /** The form as the owner gets it. */
  render(room: Room): DataForm {
    const fields = this.#fields.map((field): DataFormField => ({
      var: field.var,
      type: field.type,
      label: field.label,
      values: [field.read(room)],
      ...(field.options === undefined ? {} : { options: field.options }),
    }));
    return {
      type: 'form',
      title: `Configuration of ${room.jid.toString()}`,
      fields: [formTypeField(NS.mucRoomConfig), ...fields],
    };
  }

  /** Tries a submitted form out: fields that are absent stay as they are, unknown ones are ignored. */
  submit(room: Room, form: DataForm): Submission {
    const config = { ...room.config };
    for (const field of this.#fields) {
      const value = formValue(form, field.var);
      if (value === undefined || field.write === undefined) continue;
      if (!field.write(config, value)) return { invalid: field.var };
    }
    return { config };
  }
}
