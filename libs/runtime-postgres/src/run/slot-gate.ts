import { createSharedStores } from '@ia-modules/engine';

export type SlotPlace = { readonly holder: string; readonly slot: string };

/**
 * The limits of concurrency keys, over the runs of a worker that holds the lease; first come, first served. After a takeover
 * nobody is let in before the runs that were going on have taken back the places that they held.
 */
export type SlotGate = {
  /** Calls `onGranted` once fewer than `limit` holders have the slot. Whether that was at once. */
  acquire(place: SlotPlace & { readonly limit: number }, onGranted: () => void): boolean;
  /** Gives a place back, or stops waiting for it. What is not known is ignored. */
  release(holder: string): void;
  /** Takes back a place that was held before, whoever else has one. */
  retake(place: SlotPlace): void;
  /** Lets in who waits, in the order of asking. */
  open(): void;
};

/** Starts closed. */
export const createSlotGate = (): SlotGate => {
  const limiter = createSharedStores().slots;
  const owner = {};
  const waiting = new Map<string, () => void>();
  let isOpen = false;
  return {
    acquire: (place, onGranted) => {
      const claim = { ...place, owner };
      if (isOpen) return limiter.acquire(claim, onGranted);
      waiting.set(place.holder, () => limiter.acquire(claim, onGranted));
      return false;
    },
    release: (holder) => {
      waiting.delete(holder);
      limiter.release(holder);
    },
    retake: (place) => limiter.acquire({ ...place, owner, limit: Number.POSITIVE_INFINITY }, () => undefined),
    open: () => {
      isOpen = true;
      for (const acquire of waiting.values()) acquire();
      waiting.clear();
    },
  };
};
