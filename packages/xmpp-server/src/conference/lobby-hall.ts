/**
 * The rooms in which people wait. What one is to such a room follows from what it is to the room it waits for; those who wait learn
 * nothing of one another, nor of the moderators who look at them.
 */
import { type Jid, stanzaError } from '@conclave/signaling';
import { Broadcast } from '../muc/broadcast.js';
import { deliver } from '../muc/delivery.js';
import { admissionPriority } from '../muc/events.js';
import type { Muc, Room } from '../muc/index.js';
import type { Occupant } from '../muc/occupant.js';

export class LobbyHall {
  readonly #undo: readonly (() => void)[];

  /**
   * @param mainOf the room that a waiting room belongs to, while people have to wait for it
   * @param decides who sees those who wait, and speaks to them
   */
  constructor(muc: Muc, mainOf: (lobby: Jid) => Room | undefined, decides: (occupant: Occupant) => boolean) {
    const { hooks } = muc;
    const mayTalk = (one: Occupant, other: Occupant) =>
      decides(one) || decides(other) ? undefined : stanzaError('forbidden');
    this.#undo = [
      hooks.on(
        'room-requested',
        ({ jid }) =>
          mainOf(jid) === undefined ? stanzaError('not-allowed', 'Room creation is restricted') : 'granted',
        beforePolicy,
      ),
      hooks.on(
        'admission',
        ({ room, from }) => {
          const main = mainOf(room.jid);
          if (main === undefined) return stanzaError('not-allowed');
          return main.affiliation(from.bare) === 'outcast' ? stanzaError('forbidden') : undefined;
        },
        admissionPriority('token'),
      ),
      hooks.on('room-created', (room) => {
        room.shows = (occupant, receiver) => decides(receiver) && !decides(occupant);
        // Whoever comes first has opened the room, and owns it no more than others.
        for (const { jid } of room.affiliations('owner')) room.recordAffiliation(jid, 'none');
        const main = mainOf(room.jid);
        for (const kind of ['owner', 'admin', 'member', 'outcast'] as const) {
          for (const { jid } of main?.affiliations(kind) ?? []) room.recordAffiliation(jid, kind);
        }
      }),
      hooks.on('entering', ({ codes }) => void codes.delete(created)),
      hooks.on('groupchat', ({ room, occupant, stanza }) => {
        const hearers = [...room.occupants].filter(
          (each) => decides(occupant) || decides(each) || each === occupant,
        );
        deliver(
          muc,
          hearers.flatMap(({ sessions }) => [...sessions]),
          new Broadcast(stanza),
        );
        return true;
      }),
      hooks.on('private-message', ({ occupant, target }) => mayTalk(occupant, target)),
      hooks.on('occupant-asked', ({ occupant, target }) => mayTalk(occupant, target)),
      hooks.on('attributed', ({ stanza }) => {
        // Of somebody who takes no part yet clients expect no properties, and stumble over them.
        stanza.children = stanza.children.filter(
          (child) => typeof child === 'string' || !child.name.startsWith('jitsi_participant_'),
        );
      }),
    ];
  }

  shut(): void {
    for (const undo of this.#undo) undo();
  }
}

/** Before the service's own rule, by which nobody may create any. */
const beforePolicy = 10;

/** The status code that tells of a room that is new (XEP-0045 s.10.1.1): those who wait have nothing to configure. */
const created = 201;
