/** A page of an archive, as large as the client asks for and the server can afford (XEP-0313 s.4.2, s.4.3). */
import { stanzaError, type StanzaError } from '@conclave/signaling';
import type { ArchiveFilter, ArchiveItem, ArchiveStore } from '../../storage/storage.js';
import type { ArchiveRequest } from './query.js';

export interface PageLimits {
  /** Items of a page whose size the client does not say, and of any. */
  readonly pageSize: number;
  readonly maxPageSize: number;
  /** Characters of all stanzas of a page, one of which is always on it. */
  readonly maxPageCharacters: number;
}

export interface Page {
  /** The oldest first. */
  readonly items: readonly ArchiveItem[];
  /** There is nothing beyond it in the direction of reading. */
  readonly complete: boolean;
  /** Of all that the filter lets through. */
  readonly count: number;
}

export async function readPage(
  archive: ArchiveStore,
  owner: string,
  { filter, page }: ArchiveRequest,
  limits: PageLimits,
): Promise<Page | StanzaError> {
  const named = [page.after, page.before, filter.after, filter.before, ...(filter.ids ?? [])].filter(isId);
  if (named.length > 0) {
    const known = await archive.count(owner, { ids: named });
    if (known < new Set(named).size) return stanzaError('item-not-found');
  }
  const backwards = page.before !== undefined;
  const max = Math.min(page.max ?? limits.pageSize, limits.maxPageSize);
  const count = await archive.count(owner, filter);
  // One more than wanted tells whether there are more.
  const query = { ...narrowed(filter, page), reverse: backwards, limit: max + 1 };
  const found = max === 0 ? [] : await archive.find(owner, query);
  const items = affordable(found.slice(0, max), limits.maxPageCharacters);
  return {
    items: backwards ? items.toReversed() : items,
    complete: items.length === found.length && (max > 0 || count === 0),
    count,
  };
}

/** The page lies beyond its anchor as well as within the filter's bounds. */
function narrowed(filter: ArchiveFilter, { after, before }: ArchiveRequest['page']): ArchiveFilter {
  const lower = [filter.after, after].filter(isId).sort().at(-1);
  const [upper] = [filter.before, before].filter(isId).sort();
  return {
    ...filter,
    ...(lower === undefined ? {} : { after: lower }),
    ...(upper === undefined ? {} : { before: upper }),
  };
}

function isId(id: string | undefined): id is string {
  return id !== undefined && id !== '';
}

function affordable(items: readonly ArchiveItem[], characters: number): readonly ArchiveItem[] {
  let left = characters;
  const end = items.findIndex(({ value }, i) => (left -= value.length) < 0 && i > 0);
  return end === -1 ? items : items.slice(0, end);
}
