export { startXmppServer, type SessionSummary, type XmppServer } from './server.js';
export type { XmppServerConfig } from './config.js';
export { hostNames } from './layout.js';
export { visitorRooms } from './conference/visitor-hosts.js';
export { authenticationSchema } from './accounts/authentication.js';
export type { Certificate } from './listeners/tls-context.js';
export { redirectionSchema } from './session/redirection.js';
export { defaultLimits, type ServerLimits } from './limits.js';
export type { Accounts } from './accounts/accounts.js';
export { TransferError, type Transfer } from './prosody/transfer.js';
export { AccountError, type AccountErrorCode } from './accounts/account-error.js';
export { MemoryStorage } from './storage/memory.js';
export { StorageError } from './storage/storage-error.js';
export type { StorageConfig } from './storage/open.js';
export type { ArchiveStore, KeyvalStore, Storage } from './storage/storage.js';
export type { ClientSession } from './session/client-session.js';
export { moduleProblems, type ModuleProblem, type ModulesConfig } from './host-plans.js';
export type { Invitation, InvitationRequest, Invitations } from './modules/invitations/invitations.js';
export { invitationUri } from './modules/invitations/uri.js';

// What a module is written with (docs/handbook/modules.md).
export { defineModule, type ModuleContext, type ModuleDefinition } from './host/module.js';
export { configured, type ConfiguredModule, type ModuleChanges } from './host/module-set.js';
export type { ModuleChoice } from './host/module-choice.js';
export type { Host, HostEvents, IqReply, IqRequest, StanzaEvent } from './host/host.js';
export type { HostStorage } from './storage/storage.js';
