/**
 * What programs of participants say to one another in JSON through the room (Jitsi's endpoint messages, where there is no bridge to carry them): objects that have a type. What only the
 * server says, or a transcriber, nobody else says in its place, with a body or without, to all or to one.
 */
import { type Element, NS, stanzaError, type StanzaError } from '@conclave/signaling';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import type { Muc } from '../muc/index.js';
import type { Occupant } from '../muc/occupant.js';
import { jsonOf } from './json-message.js';

const options = z.strictObject({
  /** Characters of JSON. */
  size: z.int().positive().default(65_536),
  /** Domains of the service's own clients, among them transcribers. */
  services: z.array(z.string()).default([]),
});

const ofServer: ReadonlySet<string> = new Set([
  'av_moderation',
  'breakout_rooms',
  'file-sharing',
  'lobby-notify',
  'polls',
  'room_metadata',
  'speakerstats',
  'system_chat_message',
  'time_restricted',
  'visitors',
]);
const ofTranscribers: ReadonlySet<string> = new Set(['transcription-result', 'translation-result']);

/** Before anybody reads them. */
const early = 50;

export const endpointMessages = defineModule<z.output<typeof options>>({
  name: 'endpoint-messages',
  needs: ['muc'],
  options,
  load(context, { size, services }) {
    const muc = context.module<Muc>('muc');
    const own = new Set(services);

    const judge = (occupant: Occupant, stanza: Element): StanzaError | undefined => {
      if (stanza.attrs['type'] === 'error') return undefined;
      const envelope = stanza.getChild('json-message', NS.jitmeet);
      if (envelope === undefined || muc.isAdmin(occupant.person)) return undefined;
      const type = jsonOf(envelope, size)?.['type'];
      if (typeof type !== 'string') return stanzaError('bad-request', 'Not an object with a type');
      const isOfService = own.has(occupant.person.domain);
      if (ofServer.has(type) || (ofTranscribers.has(type) && !isOfService))
        return stanzaError('forbidden', `${type} is not for participants to say`);
      return undefined;
    };

    context.onUnload(muc.hooks.on('groupchat', ({ occupant, stanza }) => judge(occupant, stanza), early));
    context.onUnload(
      muc.hooks.on('private-message', ({ occupant, stanza }) => judge(occupant, stanza), early),
    );
  },
});
