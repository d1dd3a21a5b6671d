export type FileSlots = {
  /**
   * Waits for a place, behind those who came before; a tenant that has its share lets others go first.
   * @returns what gives the place back
   * @throws the signal's reason
   */
  readonly take: (tenantId: string, signal: AbortSignal) => Promise<() => void>;
};

type FileSlotsInit = { readonly total: number; readonly perTenant: number };
type Waiting = { readonly tenantId: string; readonly start: () => void };

/** Bounds how many SQLite files are worked on at once: each of them has a process, which computes. */
export const createFileSlots = ({ total, perTenant }: FileSlotsInit): FileSlots => {
  const taken: string[] = [];
  const waiting: Waiting[] = [];
  const startNext = (): void => {
    if (taken.length >= total) return;
    const isFree = ({ tenantId }: Waiting): boolean => taken.filter((other) => other === tenantId).length < perTenant;
    const [next] = waiting.splice(waiting.findIndex(isFree) >>> 0, 1);
    if (next === undefined) return;
    taken.push(next.tenantId);
    next.start();
  };
  return {
    take: async (tenantId, signal) => {
      signal.throwIfAborted();
      const started = Promise.withResolvers<void>();
      const own: Waiting = { tenantId, start: started.resolve };
      const giveUp = (): void => {
        const place = waiting.indexOf(own);
        if (place === -1) return;
        waiting.splice(place, 1);
        started.reject(signal.reason);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      waiting.push(own);
      startNext();
      await started.promise.finally(() => signal.removeEventListener('abort', giveUp));
      return () => {
        taken.splice(taken.indexOf(tenantId), 1);
        startNext();
      };
    },
  };
};
