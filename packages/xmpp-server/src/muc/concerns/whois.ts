/** Who sees real JIDs (XEP-0045 s.4.2): newcomers are warned where everybody does (status 100), and everybody of a change. */
import type { Muc } from '../context.js';

export function whois(muc: Muc): () => void {
  const undo = [
    muc.hooks.on('entering', ({ room, codes }) => {
      if (room.config.whois === 'anyone') codes.add(100);
      return undefined;
    }),
    muc.hooks.on('configured', ({ room, changed, codes }) => {
      if (changed.has('whois')) codes.add(room.config.whois === 'anyone' ? 172 : 173);
      return undefined;
    }),
  ];
  return () => undo.forEach((each) => each());
}
