/** The open authority: everybody may open a conference and nobody logs in. */
import type { Authority } from './authority.js';

export const openAuthority: Authority = {
  authentication: 'none',
  sessionCount: 0,
  judge: () => ({ kind: 'granted' }),
  loginUrl: () => undefined,
  sessionOf: () => undefined,
  logout: () => false,
  conferenceEnded: () => undefined,
  sweep: () => undefined,
};
