export { clientProxy } from './client-proxy.js';
export { endpointIds } from './endpoint-ids.js';
export { replies } from './replies.js';
export { tokenVerification } from './token-verification.js';
export { meetingId } from './meeting-id.js';
