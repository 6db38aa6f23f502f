/**
 * What node-datachannel needs around its objects' end. Its threads may call into an object shortly after it was closed, so
 * none may be garbage by then. And its `cleanup()` is never called: it closes data channels that are garbage already, which
 * corrupts the heap. A process that has used it ends by `process.exit`.
 */

/** How long closed objects are kept, in ms. */
const KEPT = 10_000;

const retired = new Set<object>();

/** Keeps `objects`, which have been closed, from being collected for as long as the library may still use them. */
export function retire(...objects: readonly (object | undefined)[]): void {
  for (const object of objects) {
    if (object === undefined) continue;
    retired.add(object);
    setTimeout(() => retired.delete(object), KEPT).unref();
  }
}
