export { clientProxy } from './client-proxy.js';
export { meetingId, type MeetingId } from './meeting-id.js';
