/** Services that get the sound of conferences from the bridges, as the operator says it: `focus.transcription`, `focus.translation`. */
import { z } from 'zod';
import type { FocusOptions } from '@conclave/focus';
import { settingMeta } from '../setting.js';
import { jsonSection, onOff } from '../values.js';

const template = (name: string, about: string) =>
  z
    .string({ error: 'must be a ws:// or wss:// URL' })
    .regex(/^wss?:\/\/[^\s]+$/, 'must be a ws:// or wss:// URL')
    .refine(
      (text) =>
        URL.canParse(text.replaceAll(/\{\{(MEETING_ID|REGION)\}\}/g, 'x')) &&
        !/\{\{(?!MEETING_ID\}\}|REGION\}\})/.test(text),
      'may have {{MEETING_ID}} and {{REGION}} in it and nothing else in braces',
    )
    .optional()
    .register(settingMeta, { env: `CONCLAVE_FOCUS_${name}_URL_TEMPLATE`, type: 'ws(s) URL', about });

const headers = (name: string) =>
  z
    .record(z.string().regex(/^[A-Za-z0-9-]{1,256}$/), z.string().regex(/^[^\r\n]*$/), {
      error: 'must be a section of headers',
    })
    .default({})
    .register(settingMeta, {
      env: `CONCLAVE_FOCUS_${name}_HEADERS`,
      ...jsonSection,
      secret: true,
      about: 'Headers with which bridges connect, e.g. `Authorization: Bearer Xk3…`.',
    });

export const focusTranscription = z.object({
  urlTemplate: template(
    'TRANSCRIPTION',
    'A service to which a bridge of each conference connects while moderators have it transcribed, and sends its sound (mediajson); `{{MEETING_ID}}` and `{{REGION}}` (of the bridge) are filled in. The bridges must know how. Default: none.',
  ),
  headers: headers('TRANSCRIPTION'),
});

export const focusTranslation = z.object({
  urlTemplate: template(
    'TRANSLATION',
    'The same for a service that gives back what somebody says in other languages.',
  ),
  headers: headers('TRANSLATION'),
  singleConnect: onOff(
    'CONCLAVE_FOCUS_TRANSLATION_SINGLE_CONNECT',
    false,
    'Whether one connection serves a conference, instead of one for each speaker and five languages.',
  ),
});

const given = (urlTemplate: string | undefined) => (urlTemplate === undefined ? {} : { urlTemplate });

/** As the focus wants it. */
export const connectSettings = (
  transcription: z.infer<typeof focusTranscription>,
  translation: z.infer<typeof focusTranslation>,
): Pick<FocusOptions, 'transcription' | 'translation'> => ({
  transcription: { ...given(transcription.urlTemplate), headers: transcription.headers },
  translation: {
    ...given(translation.urlTemplate),
    headers: translation.headers,
    mode: translation.singleConnect ? 'single-bridge' : 'per-source',
  },
});
