export { NS } from './namespaces.js';
export type * from './media.js';
