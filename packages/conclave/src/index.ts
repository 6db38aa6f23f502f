export { type AdminClient, adminClient, RefusedError } from './admin/admin-client.js';
export { ConfigErrors, loadConfig, type LoadedConfig } from './config/load.js';
export type { Config } from './config/schema.js';
export { type DataPaths, dataPaths } from './data/data-directory.js';
export { ConclaveError } from './errors/conclave-error.js';
export { type ComposeService, readComposeFile } from './compose/compose-file.js';
export { type AllInOne, startAllInOne } from './services/all-in-one.js';
export { type ServiceName, serviceNames, startService } from './services/split.js';
