/** What is too old is forgotten: when the server starts, and every hour from then on. */
import type { Logger } from 'pino';
import type { ArchiveStore } from '../../storage/storage.js';

const hour = 3_600_000;
const day = 24 * hour;

/** @returns what ends it */
export function expireRegularly(archive: ArchiveStore, days: number, log: Logger): () => void {
  const expire = (): void => {
    archive.expire(Date.now() - days * day).then(
      (items) => {
        if (items > 0) log.debug({ items }, 'archived items have expired');
      },
      (error: unknown) => log.error({ err: error }, 'archived items could not be removed'),
    );
  };
  expire();
  const timer = setInterval(expire, hour);
  timer.unref();
  return () => clearInterval(timer);
}
