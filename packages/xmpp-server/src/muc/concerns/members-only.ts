/** Members-only rooms (XEP-0045 s.7.2.6): nobody enters who does not belong, and who does not is shown out (status 322). */
import { stanzaError } from '@conclave/signaling';
import type { Muc } from '../context.js';
import { admissionPriority } from '../events.js';
import { expel } from '../leaving.js';

export function membersOnly(muc: Muc): () => void {
  const undo = [
    muc.hooks.on(
      'admission',
      ({ room, from, excused }) => {
        // The banned are left to the ban: they need not learn that membership would help.
        if (!room.config.membersOnly || room.affiliation(from.bare) === 'outcast') return undefined;
        if (excused.has('members-only')) return undefined;
        return room.isMember(from.bare) ? undefined : stanzaError('registration-required');
      },
      admissionPriority('members-only'),
    ),
    muc.hooks.on('configured', ({ room, changed }) => {
      if (!room.config.membersOnly || !changed.has('membersOnly')) return undefined;
      const strangers = [...room.occupants].filter(({ person }) => !room.isMember(person));
      for (const occupant of strangers) {
        occupant.stand({ affiliation: 'none', role: 'none' });
        expel(muc, room, occupant, { codes: [322] });
      }
      return undefined;
    }),
  ];
  return () => undo.forEach((each) => each());
}
