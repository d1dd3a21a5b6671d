/** Who may go on under the limits of concurrency keys; first come, first served. */
export type SlotLimiter = {
  /** Calls `onGranted` once fewer than `limit` holders have the slot, at once when that is so now. */
  acquire(
    request: { readonly holder: string; readonly slot: string; readonly limit: number },
    onGranted: () => void,
  ): void;
  /** Gives a slot back, or stops waiting for it. What is not known is ignored. */
  release(holder: string): void;
};

type Waiter = { readonly holder: string; readonly limit: number; readonly onGranted: () => void };
type Slot = { readonly holders: Set<string>; readonly waiting: Map<string, Waiter> };

export const createSlotLimiter = (): SlotLimiter => {
  const slots = new Map<string, Slot>();
  const slotOf = new Map<string, string>();

  const grant = (name: string, slot: Slot): void => {
    for (const waiter of slot.waiting.values()) {
      if (slot.holders.size >= waiter.limit) return;
      slot.waiting.delete(waiter.holder);
      slot.holders.add(waiter.holder);
      waiter.onGranted();
    }
    if (slot.holders.size === 0 && slot.waiting.size === 0) slots.delete(name);
  };

  return {
    acquire: ({ holder, slot: name, limit }, onGranted) => {
      const slot = slots.get(name) ?? { holders: new Set(), waiting: new Map() };
      slots.set(name, slot);
      slotOf.set(holder, name);
      slot.waiting.set(holder, { holder, limit, onGranted });
      grant(name, slot);
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
  };
};
