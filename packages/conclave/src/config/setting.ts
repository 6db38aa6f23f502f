/**
 * What a configuration key is, beside its type: the environment variable that overrides it and a sentence for the reference
 * page. The schema registers both here, so that types, errors, environment and documentation come from one place.
 */
import { z } from 'zod';

export interface SettingMeta {
  /** The environment variable that overrides the key. */
  readonly env: string;
  /** One or two sentences of Markdown for the reference page. */
  readonly about: string;
  /** How the reference page names the type, e.g. `port`. */
  readonly type: string;
  /** Its value is nobody's business: `conclave config` says only whether there is one. */
  readonly secret?: true;
}

export const settingMeta = z.registry<SettingMeta>();

export interface Setting extends SettingMeta {
  /** The key as in the file: `['http', 'port']` for `http.port`. */
  readonly path: readonly string[];
  readonly schema: z.ZodType;
  /** How a text from the environment becomes a value. */
  readonly form: 'text' | 'number' | 'boolean' | 'list' | 'json';
}

/** The settings of a schema, in its order. Sections are plain objects; everything registered is a leaf. */
export function settingsOf(section: z.ZodObject, path: readonly string[] = []): Setting[] {
  return Object.entries(section.shape).flatMap(([key, schema]) => {
    const here = [...path, key];
    if (schema instanceof z.ZodObject) return settingsOf(schema, here);
    const meta = settingMeta.get(schema as z.ZodType);
    if (!meta) throw new TypeError(`The setting ${here.join('.')} is not documented.`);
    return [{ ...meta, path: here, schema: schema as z.ZodType, form: formOf(schema as z.ZodType) }];
  });
}

function formOf(schema: z.ZodType): Setting['form'] {
  let inner: unknown = schema;
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodOptional) inner = inner.unwrap();
  if (inner instanceof z.ZodNumber) return 'number';
  if (inner instanceof z.ZodBoolean) return 'boolean';
  if (inner instanceof z.ZodRecord || inner instanceof z.ZodDiscriminatedUnion) return 'json';
  return inner instanceof z.ZodArray ? 'list' : 'text';
}
