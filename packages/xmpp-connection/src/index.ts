export type * from './connection.js';
export { connect, type ConnectOptions } from './connect.js';
export { type StreamOptions } from './stream.js';
export { type TlsTrust } from './starttls.js';
export * from './room.js';
export * from './membership.js';
