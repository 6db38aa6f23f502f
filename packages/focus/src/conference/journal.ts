/**
 * What a new focus process must know to take running conferences over: which there are, and by which id each participant
 * knows its Jingle session. Nobody else can tell it. It is written down as it changes, and is empty when no conference runs.
 */
import type { Logger } from 'pino';
import { z } from 'zod';

const runningConference = z.object({
  /** Bare JID of the room. */
  room: z.string(),
  /** Bare JID of whoever asked for it first. */
  opener: z.string(),
  /** What the request that opened it fixed. */
  wishes: z.object({
    startAudioMuted: z.number().exactOptional(),
    startVideoMuted: z.number().exactOptional(),
    rtcStats: z.boolean().exactOptional(),
  }),
  /** Ids of the Jingle sessions, by nickname. */
  sessions: z.record(z.string(), z.string()),
  /** Visitor nodes. */
  nodes: z.array(z.string()).exactOptional(),
});

export type RunningConference = z.output<typeof runningConference>;

/** Where the journal is kept: a text that is replaced as a whole. */
export interface JournalFile {
  /** `undefined`: there is none. */
  read(): Promise<string | undefined>;
  replace(text: string): Promise<void>;
}

const EMPTY = '[]';

export class Journal {
  readonly #file: JournalFile;
  readonly #running: () => RunningConference[];
  readonly #log: Logger;
  #written = EMPTY;
  #writing = Promise.resolve();
  #due: Promise<void> | undefined;

  /** @param running tells what runs now */
  constructor(file: JournalFile, running: () => RunningConference[], log: Logger) {
    this.#file = file;
    this.#running = running;
    this.#log = log;
  }

  /** What ran when the last process stopped; nothing when that can not be read. */
  static async read(file: JournalFile, log: Logger): Promise<RunningConference[]> {
    try {
      return z.array(runningConference).parse(JSON.parse((await file.read()) ?? EMPTY));
    } catch (error) {
      log.warn({ err: error }, 'journal of running conferences not readable: none is taken over');
      return [];
    }
  }

  /** Something has changed. Resolves when it is written, or can not be; changes during a write are written together after it. */
  changed(): Promise<void> {
    this.#due ??= this.#writing.then(() => {
      this.#due = undefined;
      this.#writing = this.#write();
      return this.#writing;
    });
    return this.#due;
  }

  async #write(): Promise<void> {
    const text = JSON.stringify(this.#running());
    if (text === this.#written) return;
    try {
      await this.#file.replace(text);
      this.#written = text;
    } catch (error) {
      this.#log.error({ err: error }, 'journal of running conferences not written');
    }
  }
}
