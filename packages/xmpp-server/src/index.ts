export type { ClientSession } from './session/client-session.js';
