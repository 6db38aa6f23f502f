/** What administrators have to say (XEP-0133 s.4.23 to s.4.26): at once to those who are online, or to each who comes. */
import { el, NS, stanzaError, type DataForm, type Element, type StanzaError } from '@conclave/signaling';
import { z } from 'zod';
import type { ClientPresence } from '../../host/host.js';
import type { HostStorage } from '../../storage/storage.js';
import type { CommandResult } from '../commands/command.js';
import { type AdminCommand, type AdminContext } from './context.js';
import { adminForm, field, text } from './fields.js';

/** Owner of what belongs to no account. */
const ofHost = '';

const storedMessage = z.object({
  /** Another one for each message. */
  id: z.string(),
  lines: z.array(z.string()),
});
type Message = z.infer<typeof storedMessage>;

export class AdminMessages {
  readonly #context: AdminContext;
  readonly #store;
  /** Of each account, the id of the last message of the day that it has seen. */
  readonly #seen;
  #ofTheDay: Message | undefined;
  #loaded: Promise<void> | undefined;

  constructor(context: AdminContext, storage: HostStorage) {
    this.#context = context;
    this.#store = storage.keyval('message_of_the_day', storedMessage);
    this.#seen = storage.keyval('message_of_the_day_seen', z.string());
  }

  get commands(): readonly AdminCommand[] {
    const ofTheDay = adminForm('Message of the day', field.motd);
    return [
      {
        node: 'announce',
        name: 'Announce something to those who are online',
        form: adminForm('Announce', field.subject, field.announcement),
        run: (form) => Promise.resolve(this.#announce(form)),
      },
      {
        node: 'set-motd',
        name: 'Set the message of the day',
        form: ofTheDay,
        run: (form) => this.#set(form),
      },
      {
        node: 'edit-motd',
        name: 'Change the message of the day',
        form: ofTheDay,
        current: async () => {
          await this.#load();
          return { motd: this.#ofTheDay?.lines ?? [] };
        },
        run: (form) => this.#set(form),
      },
      {
        node: 'delete-motd',
        name: 'Remove the message of the day',
        run: async () => {
          this.#ofTheDay = undefined;
          await this.#store.remove(ofHost);
          return { note: 'Done' };
        },
      },
    ];
  }

  /** Costs nothing as long as there is no message. */
  async greet({ session, before }: ClientPresence): Promise<void> {
    if (before !== undefined || session.presence === undefined) return;
    await this.#load();
    const message = this.#ofTheDay;
    const username = session.jid.local ?? '';
    if (message === undefined || (await this.#seen.get(username)) === message.id) return;
    await this.#seen.set(username, message.id);
    session.send(this.#headline(session.jid.toString(), '', message.lines));
  }

  #load(): Promise<void> {
    this.#loaded ??= this.#store.get(ofHost).then((message) => {
      this.#ofTheDay = message;
    });
    return this.#loaded;
  }

  async #set(form: DataForm | undefined): Promise<CommandResult | StanzaError> {
    const lines = valuesOf(form, 'motd');
    if (lines.join('').trim() === '') return stanzaError('bad-request');
    await this.#load();
    const message = { id: new Date().toISOString(), lines: [...lines] };
    await this.#store.set(ofHost, message);
    this.#ofTheDay = message;
    for (const { jid, presence } of this.#context.online) {
      if (presence !== undefined) await this.#seen.set(jid.local ?? '', message.id);
    }
    return { note: `Sent to ${this.#tell('', lines)}; others get it when they come` };
  }

  #announce(form: DataForm | undefined): CommandResult | StanzaError {
    const lines = valuesOf(form, 'announcement');
    if (lines.join('').trim() === '') return stanzaError('bad-request');
    return { note: `Sent to ${this.#tell(text(form, 'subject'), lines)}` };
  }

  /** @returns to how many sessions */
  #tell(subject: string, lines: readonly string[]): number {
    const { online } = this.#context;
    for (const session of online) session.send(this.#headline(session.jid.toString(), subject, lines));
    return online.size;
  }

  #headline(to: string, subject: string, lines: readonly string[]): Element {
    return el(
      'message',
      { xmlns: NS.client, type: 'headline', from: this.#context.host.name, to },
      subject === '' ? undefined : el('subject', {}, subject),
      el('body', {}, lines.join('\n')),
    );
  }
}

function valuesOf(form: DataForm | undefined, name: string): readonly string[] {
  return form?.fields.find((one) => one.var === name)?.values ?? [];
}
