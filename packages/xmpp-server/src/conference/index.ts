export { clientProxy } from './client-proxy.js';
export { meetingId } from './meeting-id.js';
