/** What the focus says of the conference in its own presence (client contract 3.3); sent only when something changed. */
import { el, type Element, encodeConferenceProperties, NS } from '@conclave/signaling';

const ETHERPAD = 'http://jitsi.org/jitmeet/etherpad';

export class FocusPresence {
  readonly #version: string;
  readonly #document: string;
  readonly #properties: Record<string, string> = { 'support-terminate-restart': 'true' };
  readonly #notices = new Map<string, Element>();
  #bridgeAvailable = true;
  readonly #publishers = new Set<(extensions: Element[]) => void>();

  /** @param document name of the document that the people of the conference share */
  constructor(version: string, document: string) {
    this.#document = document;
    this.#version = version;
  }

  /** The children of the presence as they are now. */
  get extensions(): Element[] {
    return [
      el('etherpad', { xmlns: ETHERPAD }, this.#document),
      el('versions', { xmlns: NS.jitmeet }, el('component', { name: 'focus' }, this.#version)),
      encodeConferenceProperties(this.#properties),
      ...this.#notices.values(),
      ...(this.#bridgeAvailable ? [] : [el('bridgeNotAvailable', { xmlns: NS.focus })]),
    ];
  }

  /** From now on changes are published by `publish`, too; until the answer is called. */
  attach(publish: (extensions: Element[]) => void): () => void {
    this.#publishers.add(publish);
    return () => void this.#publishers.delete(publish);
  }

  has(key: string): boolean {
    return this.#properties[key] !== undefined;
  }

  setProperty(key: string, value: string): void {
    if (this.#properties[key] === value) return;
    this.#properties[key] = value;
    this.#publish();
  }

  /** Puts a notice in place of the last one of that name. */
  setNotice(name: string, notice: Element): void {
    this.#notices.set(name, notice);
    this.#publish();
  }

  /** Whether there is a bridge for whoever needs one. */
  setBridgeAvailable(available: boolean): void {
    if (this.#bridgeAvailable === available) return;
    this.#bridgeAvailable = available;
    this.#publish();
  }

  #publish(): void {
    const { extensions } = this;
    for (const publish of this.#publishers) publish(extensions);
  }
}
