export {
  type Focus,
  type FocusOptions,
  type FocusStats,
  type FocusXmppOptions,
  startFocus,
} from './focus.js';
export { focusSettings, type FocusSettings } from './options.js';
