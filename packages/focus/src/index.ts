export {
  type Focus,
  type FocusOptions,
  type FocusStats,
  type FocusSurroundings,
  type FocusXmppOptions,
  startFocus,
} from './focus.js';
export { focusSettings, type FocusSettings } from './options.js';
export type { RestAnswer, RestRequest } from './rest/rest.js';
export type { JournalFile } from './conference/journal.js';
