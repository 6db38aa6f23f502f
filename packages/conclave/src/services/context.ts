/** What each service starts from: the configuration, where its data lie, and the log. */
import type { Logger } from 'pino';
import type { LoadedConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { type DataPaths, dataPaths, privateDirectory } from '../data/data-directory.js';

export interface ServiceContext {
  readonly loaded: LoadedConfig;
  readonly config: Config;
  readonly paths: DataPaths;
  readonly log: Logger;
}

export function serviceContext(loaded: LoadedConfig, log: Logger): ServiceContext {
  const { config } = loaded;
  return { loaded, config, paths: dataPaths(config), log };
}

/** Makes the directory that services share. The rest of the data directory may be read-only to them. @throws ConclaveError DATA-001 */
export async function sharedDirectory({ paths }: ServiceContext): Promise<void> {
  await privateDirectory(paths.secrets);
}
