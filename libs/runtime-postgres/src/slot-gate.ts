import { createSharedStores, type SharedStores } from '@ia-modules/engine';

type SlotLimiter = SharedStores['slots'];

/**
 * The limits of concurrency keys, over the runs of a worker that holds the lease. After a takeover nobody is let in before
 * the runs that were going on have taken back the places that they held.
 */
export type SlotGate = SlotLimiter & {
  /** Takes back a place that was held before, whoever else has one. */
  retake(place: { readonly holder: string; readonly slot: string }): void;
  /** Lets in who waits, in the order of asking. */
  open(): void;
};

/** Starts closed. */
export const createSlotGate = (): SlotGate => {
  const limiter = createSharedStores().slots;
  const waiting = new Map<string, () => void>();
  let isOpen = false;
  return {
    acquire: (request, onGranted) => {
      if (isOpen) limiter.acquire(request, onGranted);
      else waiting.set(request.holder, () => limiter.acquire(request, onGranted));
    },
    release: (holder) => {
      waiting.delete(holder);
      limiter.release(holder);
    },
    retake: (place) => limiter.acquire({ ...place, limit: Number.POSITIVE_INFINITY }, () => undefined),
    open: () => {
      isOpen = true;
      for (const acquire of waiting.values()) acquire();
      waiting.clear();
    },
  };
};
