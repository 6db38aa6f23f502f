export { muc } from './muc.js';
export { mucOptions, type MucOptions } from './options.js';
export type { Muc, RoomIq, RoomIqHandler } from './context.js';
export { admissionOrder, admissionPriority, type AdmissionStep, type MucEvents } from './events.js';
export type { Room } from './room.js';
export type { Occupant, OccupantSession } from './occupant.js';
export type { ConfigField } from './config-form.js';
