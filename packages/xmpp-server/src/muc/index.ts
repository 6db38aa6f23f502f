export { muc } from './muc.js';
export type { Muc } from './context.js';
export type { Room } from './room.js';
