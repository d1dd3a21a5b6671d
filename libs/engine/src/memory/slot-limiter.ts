/** A place under a limit. `owner` stands for all that goes on together with the holder: what it waits for there is not outside. */
export type SlotClaim = {
  readonly holder: string;
  readonly owner: object;
  readonly slot: string;
  readonly limit: number;
};

/** Who may go on under the limits of concurrency keys; first come, first served. */
export type SlotLimiter = {
  /** Calls `onGranted` once fewer than `limit` holders have the slot. Whether that was at once. */
  acquire(claim: SlotClaim, onGranted: () => void): boolean;
  /** Gives a slot back, or stops waiting for it. What is not known is ignored. */
  release(holder: string): void;
  /** Whether a holder of this owner waits for a slot that one of another owner has. */
  isWaitingForOthers(owner: object): boolean;
};

type Waiter = { readonly claim: SlotClaim; readonly onGranted: () => void };
type Slot = { readonly holders: Map<string, SlotClaim>; readonly waiting: Map<string, Waiter> };

export const createSlotLimiter = (): SlotLimiter => {
  const slots = new Map<string, Slot>();
  const slotOf = new Map<string, string>();

  const grant = (name: string, slot: Slot): void => {
    for (const { claim, onGranted } of slot.waiting.values()) {
      if (slot.holders.size >= claim.limit) return;
      slot.waiting.delete(claim.holder);
      slot.holders.set(claim.holder, claim);
      onGranted();
    }
    if (slot.holders.size === 0 && slot.waiting.size === 0) slots.delete(name);
  };

  return {
    acquire: (claim, onGranted) => {
      const slot = slots.get(claim.slot) ?? { holders: new Map(), waiting: new Map() };
      slots.set(claim.slot, slot);
      slotOf.set(claim.holder, claim.slot);
      slot.waiting.set(claim.holder, { claim, onGranted });
      grant(claim.slot, slot);
      return !slot.waiting.has(claim.holder);
    },
    release: (holder) => {
      const name = slotOf.get(holder);
      const slot = name === undefined ? undefined : slots.get(name);
      if (name === undefined || slot === undefined) return;
      slotOf.delete(holder);
      slot.waiting.delete(holder);
      slot.holders.delete(holder);
      grant(name, slot);
    },
    isWaitingForOthers: (owner) => {
      for (const { holders, waiting } of slots.values()) {
        if (waiting.size === 0 || !isHeldByOther(holders, owner)) continue;
        for (const { claim } of waiting.values()) if (claim.owner === owner) return true;
      }
      return false;
    },
  };
};

const isHeldByOther = (holders: Slot['holders'], owner: object): boolean => {
  for (const claim of holders.values()) if (claim.owner !== owner) return true;
  return false;
};
