/** What a room's metadata say of transcription and translation (Jitsi's `room_metadata`). */
import { z } from 'zod';

const MAX_ENTRIES = 32;
const MAX_LANGUAGES = 20;
const LANGUAGE = /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$/;

const few = <T>(values: Record<string, T>): boolean => Object.keys(values).length <= MAX_ENTRIES;
const texts = z.record(z.string().max(256), z.string().max(8_192)).refine(few).default({}).catch({});
const headers = z
  .record(z.string().regex(/^[A-Za-z0-9-]{1,256}$/), z.string().regex(/^[^\r\n]{0,8192}$/))
  .refine(few)
  .default({})
  .catch({});

const notice = z.object({
  type: z.literal('room_metadata'),
  metadata: z.object({
    recording: z.object({ isTranscribingEnabled: z.boolean() }).optional().catch(undefined),
    asyncTranscription: z.boolean().default(false).catch(false),
    transcription: z
      .object({ urlParams: texts, httpHeaders: headers })
      .prefault({})
      .catch({ urlParams: {}, httpHeaders: {} }),
    translation: z.object({ httpHeaders: headers }).prefault({}).catch({ httpHeaders: {} }),
    audioTranslationRequests: z
      .record(z.string(), z.array(z.string().regex(LANGUAGE)).max(MAX_LANGUAGES))
      .default({})
      .catch({}),
  }),
});

export interface ConnectWishes {
  readonly transcribed: boolean;
  /** For the transcriber alone: further parameters of its URL, and headers. */
  readonly transcription: {
    readonly urlParams: Readonly<Record<string, string>>;
    readonly httpHeaders: Readonly<Record<string, string>>;
  };
  readonly translation: { readonly httpHeaders: Readonly<Record<string, string>> };
  /** Languages by the endpoint whose sound is wanted in them. */
  readonly languages: ReadonlyMap<string, readonly string[]>;
}

export const NO_WISHES: ConnectWishes = {
  transcribed: false,
  transcription: { urlParams: {}, httpHeaders: {} },
  translation: { httpHeaders: {} },
  languages: new Map(),
};

/** What a notice does not say is not wanted. `undefined`: it is not such a notice. */
export const readConnectWishes = (json: unknown): ConnectWishes | undefined => {
  const read = notice.safeParse(json).data?.metadata;
  return (
    read && {
      transcribed: read.asyncTranscription && read.recording?.isTranscribingEnabled === true,
      transcription: read.transcription,
      translation: read.translation,
      languages: new Map(Object.entries(read.audioTranslationRequests)),
    }
  );
};
