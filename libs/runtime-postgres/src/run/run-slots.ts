import type { SlotRequest } from '@ia-modules/engine';
import type { SlotGate } from './slot-gate.ts';

export type RunSlotsOptions = {
  readonly tenantId: string;
  readonly runId: string;
  readonly gate: SlotGate;
  /** Whether the run has no log to catch up with. */
  readonly isFresh: boolean;
  /** What a snapshot says the run holds and asks for. */
  readonly stored?: StoredSlots | undefined;
  readonly onDelayed: (key: string) => void;
  readonly onGranted: (key: string) => void;
};

export type StoredSlots = readonly (readonly [key: string, place: StoredSlot])[];
type StoredSlot = { readonly request: SlotRequest; readonly isHeld: boolean };

/** The places under concurrency limits that one run holds or waits for, by the key of the activity. */
export type RunSlots = {
  /** Notes the request; once the run is live it stands in line. */
  acquire(request: SlotRequest): void;
  /** Notes that the log says the place was granted. */
  noteGranted(key: string): void;
  release(key: string): void;
  /** Takes back what the log says is held, and stands in line for the rest. */
  goLive(): void;
  /** Gives everything back. */
  close(): void;
  /** Whether the run holds or asks for any. */
  readonly isEmpty: boolean;
  store(): StoredSlots;
};

export const createRunSlots = (options: RunSlotsOptions): RunSlots => {
  const { tenantId, runId, gate, isFresh, stored, onDelayed, onGranted } = options;
  const places = new Map<string, StoredSlot>(stored);
  let isLive = isFresh;

  const holderOf = (key: string): string => `${runId}|${key}`;
  const slotOf = ({ slot }: SlotRequest): string => `${tenantId}|${slot}`;

  const standInLine = (request: SlotRequest): void => {
    const { key, limit } = request;
    const isGranted = gate.acquire({ holder: holderOf(key), slot: slotOf(request), limit }, () => onGranted(key));
    if (!isGranted) onDelayed(key);
  };

  const release = (key: string): void => {
    if (!places.delete(key) || !isLive) return;
    gate.release(holderOf(key));
  };

  return {
    acquire: (request) => {
      places.set(request.key, { request, isHeld: false });
      if (isLive) standInLine(request);
    },
    noteGranted: (key) => {
      const place = places.get(key);
      if (place !== undefined) places.set(key, { ...place, isHeld: true });
    },
    release,
    goLive: () => {
      isLive = true;
      for (const [key, { request, isHeld }] of places) {
        if (isHeld) gate.retake({ holder: holderOf(key), slot: slotOf(request) });
        else standInLine(request);
      }
    },
    close: () => {
      for (const key of places.keys()) release(key);
    },
    get isEmpty() {
      return places.size === 0;
    },
    store: () => [...places],
  };
};
