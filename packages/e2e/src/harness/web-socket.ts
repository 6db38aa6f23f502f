/** Node 20 has no WebSocket of its own, which xmpp.js looks for. */
import { WebSocket } from 'ws';

Object.assign(globalThis, { WebSocket });
