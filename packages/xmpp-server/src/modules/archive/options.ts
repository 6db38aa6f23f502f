/** What any archive may cost; the defaults suit a server that strangers have accounts at. */
import { z } from 'zod';

const count = z.int().positive();

export const archiveOptions = z.strictObject({
  /** Days that an item is kept. */
  days: count.default(30),
  /** Items of one owner. */
  maxItems: count.default(10_000),
  /** Characters; what is larger is delivered, but not kept. */
  maxItemSize: count.default(65_536),
  /** Items of a page whose size the client does not say, and of any. */
  pageSize: count.default(50),
  maxPageSize: count.default(100),
  /** Characters. */
  maxPageCharacters: count.default(1024 * 1024),
  /** Characters that one person may read: a second on average, and at once. */
  reading: z
    .strictObject({ bytesPerSecond: count, burst: count })
    .default({ bytesPerSecond: 1024 * 1024, burst: 16 * 1024 * 1024 }),
  /** Characters that a query counts for, beside those that it finds. */
  queryCost: count.default(32_768),
});
