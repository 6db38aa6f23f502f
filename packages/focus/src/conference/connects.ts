/**
 * Transcription and translation by services to which bridges connect (focus reference 6.6): what the room's metadata ask for becomes
 * connects on the conference's bridges. While a conference is transcribed one participant is enough for media.
 */
import type { MediaSource } from '@conclave/signaling';
import type { ColibriSession } from '../bridges/colibri-session.js';
import type { WantedConnect } from '../bridges/connects.js';
import type { ConnectSettings } from '../options.js';
import type { Random } from '../random.js';
import { connectUrl } from './connect-url.js';
import { NO_WISHES, readConnectWishes } from './connect-wishes.js';
import type { Member } from './member.js';
import type { ConferenceCore, ConferencePart } from './part.js';
import type { Participants } from './participants.js';
import { type Translation, Translations } from './translations.js';

/** What connects do to the media of the conference. */
export interface ConnectedMedia {
  readonly participants: Participants;
  /** What is wanted of the bridges has changed. */
  connectsChanged(): void;
  /** The sources of an endpoint have changed. */
  sourcesChanged(endpointId: string): void;
  /** Media need one participant at least, or as many as usual. */
  needsOnlyOne(only: boolean): void;
}

type Transcriber = Pick<WantedConnect, 'headers'> & { readonly parameters: Readonly<Record<string, string>> };

export class ConferenceConnects implements ConferencePart {
  readonly #core: ConferenceCore;
  readonly #settings: ConnectSettings;
  readonly #media: () => ConnectedMedia;
  readonly #translations: Translations;
  #wishes = NO_WISHES;
  /** Where the transcriber is and what it is told: set when transcription begins, and the same until it ends. */
  #transcriber: Transcriber | undefined;

  /** @param media what connects act on, once it is there */
  constructor(
    core: ConferenceCore,
    settings: ConnectSettings & { readonly maxSources: number },
    random: Random,
    media: () => ConnectedMedia,
  ) {
    this.#core = core;
    this.#settings = settings;
    this.#media = media;
    this.#translations = new Translations({
      sourcesOf: (endpointId) => media().participants.sourcesOf(endpointId),
      reserveSsrc: () => media().participants.reserveSsrc(() => random.ssrc()),
      releaseSsrc: (ssrc) => media().participants.releaseSsrc(ssrc),
      maxSources: settings.maxSources,
    });
  }

  described(json: unknown): void {
    const wishes = readConnectWishes(json);
    if (!wishes) return;
    this.#wishes = wishes;
    this.#transcribe();
    if (this.#settings.translation.urlTemplate === undefined) return;
    const changed = this.#translations.request(wishes.languages);
    for (const endpointId of changed) this.#media().sourcesChanged(endpointId);
    if (changed.length > 0) this.#media().connectsChanged();
  }

  memberLeft({ nick }: Member): void {
    this.#translations.forget(nick);
  }

  /** Sources of an endpoint that services make. */
  syntheticSourcesOf(endpointId: string): readonly MediaSource[] {
    return this.#translations.sourcesOf(endpointId);
  }

  /** What each of the conference's bridges is to connect to; the first of them has what there is once. */
  wanted(sessions: readonly ColibriSession[]): ReadonlyMap<ColibriSession, WantedConnect[]> {
    const wanted = new Map<ColibriSession, WantedConnect[]>();
    const add = (session: ColibriSession, connects: WantedConnect[]) =>
      wanted.set(session, [...(wanted.get(session) ?? []), ...connects]);
    const [first] = sessions;
    if (!first) return wanted;
    add(first, this.#transcriberAt(first));
    const translations = this.#translations.all();
    if (this.#settings.translation.mode === 'single-bridge') {
      if (translations.length > 0) add(first, this.#translatorAt(first, 'translator', translations));
      return wanted;
    }
    for (const translation of translations) {
      const session = sessions.find((each) => each.has(translation.endpointId));
      if (session) add(session, this.#translatorsOf(translation, session));
    }
    return wanted;
  }

  #transcribe(): void {
    const { transcribed, transcription } = this.#wishes;
    const { headers, urlTemplate } = this.#settings.transcription;
    if (transcribed === (this.#transcriber !== undefined)) return;
    this.#transcriber = transcribed
      ? {
          parameters: transcription.urlParams,
          headers: headersOf({ ...headers, ...transcription.httpHeaders }),
        }
      : undefined;
    this.#core.log.info({ transcribed, connects: urlTemplate !== undefined }, 'transcription changed');
    this.#core.presence.setProperty('audio-recording-enabled', String(transcribed));
    this.#media().needsOnlyOne(transcribed);
    this.#media().connectsChanged();
  }

  #transcriberAt(session: ColibriSession): WantedConnect[] {
    const { urlTemplate, ping } = this.#settings.transcription;
    if (urlTemplate === undefined || !this.#transcriber) return [];
    const { headers, parameters } = this.#transcriber;
    return [
      {
        id: 'transcriber',
        url: connectUrl(urlTemplate, this.#siteOf(session), parameters),
        protocol: 'mediajson',
        type: 'transcriber',
        audio: true,
        headers,
        ...pinged(ping),
        exports: [],
        requests: [],
      },
    ];
  }

  /** One for each few languages. */
  #translatorsOf(translation: Translation, session: ColibriSession): WantedConnect[] {
    const { source, names } = translation;
    const size = this.#settings.translation.maxLanguagesPerConnect;
    return Array.from({ length: Math.ceil(names.length / size) }, (_, i) => {
      const some = { ...translation, names: names.slice(i * size, (i + 1) * size) };
      return this.#translatorAt(session, `translator-${source}-${i}`, [some]);
    }).flat();
  }

  #translatorAt(session: ColibriSession, id: string, translations: readonly Translation[]): WantedConnect[] {
    const { urlTemplate, headers, ping } = this.#settings.translation;
    if (urlTemplate === undefined) return [];
    return [
      {
        id,
        url: connectUrl(urlTemplate, this.#siteOf(session)),
        protocol: 'mediajson',
        type: 'translator',
        audio: true,
        headers: headersOf({ ...headers, ...this.#wishes.translation.httpHeaders }),
        ...pinged(ping),
        exports: translations.map(({ source }) => source),
        requests: translations.flatMap(({ names }) => names),
      },
    ];
  }

  #siteOf({ bridge: { region } }: ColibriSession) {
    return { meetingId: this.#core.meetingId, region };
  }
}

const headersOf = (headers: Readonly<Record<string, string>>): WantedConnect['headers'] =>
  Object.entries(headers).map(([name, value]) => ({ name, value }));

const pinged = ({ enabled, intervalMs, timeoutMs }: ConnectSettings['transcription']['ping']) =>
  enabled && { ping: { intervalMs, timeoutMs } };
