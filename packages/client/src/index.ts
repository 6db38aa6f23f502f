export { Conference, join } from './conference/conference.js';
export type { Domains, JoinOptions } from './conference/join-options.js';
export type { ChatMessage } from './conference/chat.js';
export { memoryStore } from './conference/identity.js';
export type { KeyValueStore } from './conference/identity.js';
export type { LoginFailure, LoginState } from './conference/login.js';
export type { ConferenceState, Participant, Self } from './conference/state.js';
export { isFinal } from './conference/status.js';
export type { ConferenceError, ConferenceErrorCode, ConferenceStatus } from './conference/status.js';
export type { PromotionRequest, Visit } from './conference/visitors.js';
export type { MediaState } from './jingle/invitations.js';
export type { RemoteTrack } from './jingle/media-session.js';
export type { Log } from './log.js';
export { LocalMedia, isMuted, trackOf } from './media/local-media.js';
export type {
  DeviceFailure,
  DeviceKind,
  DeviceState,
  GetUserMedia,
  LocalMediaState,
} from './media/local-media.js';
export { Cell } from './observable.js';
export type { Observable, Unsubscribe } from './observable.js';
export type {
  ConnectionEvents,
  ConnectionFailure,
  ConnectionOptions,
  Credentials,
  IqAnswer,
  OpenConnection,
  XmppConnection,
} from './xmpp/connection.js';
