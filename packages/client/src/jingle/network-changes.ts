/** Tells when the machine has changed its network, as far as a browser says so; elsewhere it is never told. */

/** Calls `changed` each time; returns what ends that. */
export function onNetworkChange(changed: () => void): () => void {
  const { connection } = ((globalThis as { navigator?: unknown }).navigator ?? {}) as {
    connection?: EventTarget;
  };
  const target = globalThis as Partial<EventTarget>;
  target.addEventListener?.('online', changed);
  connection?.addEventListener('change', changed);
  return () => {
    target.removeEventListener?.('online', changed);
    connection?.removeEventListener('change', changed);
  };
}
