/** What the server is started with. */
import type { AuthenticationConfig } from './accounts/authentication.js';
import type { ConferenceChoices } from './conference/hosts.js';
import type { ModuleChoice } from './host/module-choice.js';
import type { ConfiguredModule } from './host/module-set.js';
import type { ServerLimits } from './limits.js';
import type { TrustedProxies } from './listeners/client-peer.js';
import type { ClientTls } from './listeners/tls-context.js';
import type { S2sConfig } from './s2s/s2s-config.js';
import type { Redirections } from './session/redirection.js';
import type { StorageConfig } from './storage/open.js';

interface ServiceAccount {
  readonly username: string;
  readonly password: string;
}

export interface XmppServerConfig {
  /** The main domain; the other hosts are named under it. */
  readonly domain: string;
  /** Where accounts, and all that belongs to them, are kept. */
  readonly storage: StorageConfig;
  /** Where clients connect by TCP; port 0: any free one. */
  readonly c2s: {
    readonly host: string;
    readonly port: number;
    /** Clients may log in without TLS, to measure what the rest costs; on loopback addresses only. */
    readonly unprotected?: boolean;
  };
  /** Where clients connect that begin with TLS (XEP-0368). Default: nowhere. */
  readonly directTls?: { readonly host: string; readonly port: number };
  /** Where external components connect, and each one's secret by its domain. It must not be reachable from outside. */
  readonly component: {
    readonly host: string;
    readonly port: number;
    readonly secrets: Readonly<Record<string, string>>;
  };
  /** Other servers. Default: none can connect, and none is connected to. */
  readonly s2s?: S2sConfig;
  /** For STARTTLS, and for direct TLS. */
  readonly tls: ClientTls;
  /** Who knows the people of the main domain. Default: the server keeps their accounts itself. */
  readonly authentication?: AuthenticationConfig;
  /** Accounts on auth.D, made at start, or given this password. */
  readonly serviceAccounts: readonly ServiceAccount[];
  /** The account on recorder.D with which recorders enter conferences, made as those are. Default: there is no such host. */
  readonly recorderAccount?: ServiceAccount;
  readonly websocket?: {
    /** Origins of pages that may connect (`*`: any). Default: pages of the host that is connected to. */
    readonly allowedOrigins?: readonly string[];
    /** Reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed, by their addresses. Default: this machine. */
    readonly trustedProxies?: TrustedProxies;
  };
  /** Of each host by name: which modules are not loaded, or with which options. */
  readonly modules?: Readonly<Record<string, ModuleChoice>>;
  /** Of each host by name: modules that are loaded beside its own. */
  readonly addedModules?: Readonly<Record<string, readonly ConfiguredModule[]>>;
  /** What conferences have, and who may do what in them. */
  readonly conference?: ConferenceChoices;
  /** Files that accounts share (XEP-0363): where they lie, and under which URL `handleUpload` is reached. Absent: none. */
  readonly uploads?: { readonly directory: string; readonly url: string };
  /** Where the page of an invitation is, as people reach it: its token is put behind. Absent: there is none. */
  readonly invitationPage?: string;
  /** Whether `pubsub.D` is a publish-subscribe service (XEP-0060). Default: there is none. */
  readonly pubsub?: boolean;
  readonly limits?: Partial<ServerLimits>;
  /** Where the clients of a host are sent instead. Default: nowhere. */
  readonly redirections?: Redirections;
}
