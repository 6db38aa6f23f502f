export { NS } from './namespaces.js';
export type * from './media.js';
export * from './elements.js';
export * from './signaling-error.js';
export * from './stanza-error.js';
export * from './jid.js';
export * from './conference.js';
export * from './data-form.js';
export * from './muc.js';
