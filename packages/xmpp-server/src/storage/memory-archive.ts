/** An archive in memory. */
import type { ArchiveFilter, ArchiveItem, ArchiveQuery, ArchiveStore } from './storage.js';
import { firstIdAt, lastIdAt } from './time-ordered-id.js';

export class MemoryArchive implements ArchiveStore {
  /** Of each owner, the oldest first. */
  readonly #archives = new Map<string, ArchiveItem[]>();

  append(owner: string, item: ArchiveItem): Promise<void> {
    const items = this.#archives.get(owner) ?? [];
    this.#archives.set(owner, items);
    const newer = items.findLastIndex(({ id }) => id <= item.id);
    if (items[newer]?.id !== item.id) items.splice(newer + 1, 0, { ...item });
    return Promise.resolve();
  }

  find(
    owner: string,
    { reverse = false, limit = Infinity, ...filter }: ArchiveQuery,
  ): Promise<ArchiveItem[]> {
    const found = this.#select(owner, filter);
    if (reverse) found.reverse();
    return Promise.resolve(found.slice(0, limit));
  }

  count(owner: string, filter: ArchiveFilter): Promise<number> {
    return Promise.resolve(this.#select(owner, filter).length);
  }

  remove(owner: string, filter: ArchiveFilter): Promise<number> {
    const gone = new Set(this.#select(owner, filter));
    return Promise.resolve(this.#forget(owner, (item) => gone.has(item)));
  }

  trim(owner: string, keep: number): Promise<number> {
    const excess = (this.#archives.get(owner)?.length ?? 0) - keep;
    return Promise.resolve(this.#forget(owner, (_, i) => i < excess));
  }

  expire(before: number): Promise<number> {
    const first = firstIdAt(before);
    let gone = 0;
    for (const owner of [...this.#archives.keys()]) gone += this.#forget(owner, ({ id }) => id < first);
    return Promise.resolve(gone);
  }

  users(): Promise<string[]> {
    return Promise.resolve([...this.#archives.keys()].sort());
  }

  #select(owner: string, filter: ArchiveFilter): ArchiveItem[] {
    const { start, end, before, after, ids, with: peer } = filter;
    const least = start === undefined ? '' : firstIdAt(start);
    const greatest = end === undefined ? '\uffff' : lastIdAt(end);
    return (this.#archives.get(owner) ?? []).filter(
      (item) =>
        item.id >= least &&
        item.id <= greatest &&
        (before === undefined || item.id < before) &&
        (after === undefined || item.id > after) &&
        (ids === undefined || ids.includes(item.id)) &&
        (peer === undefined || item.with === peer || item.with.startsWith(`${peer}/`)),
    );
  }

  #forget(owner: string, isGone: (item: ArchiveItem, index: number) => boolean): number {
    const before = this.#archives.get(owner) ?? [];
    const after = before.filter((item, i) => !isGone(item, i));
    if (after.length > 0) this.#archives.set(owner, after);
    else this.#archives.delete(owner);
    return before.length - after.length;
  }
}
