import type { Agenda } from './agenda.ts';

/** Something that goes on and may be stopped, with what goes on below it. */
export class Activity {
  isOver = false;
  readonly #parts: Activity[] = [];
  #onEnd: (() => void) | undefined;

  part(): Activity {
    const part = new Activity();
    this.#parts.push(part);
    return part;
  }

  /** Calls back when this ends, however it does. */
  whenOver(act: () => void): void {
    this.#onEnd = act;
  }

  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#onEnd?.();
    for (const part of this.#parts) part.end();
  }

  /** Does something later, unless this has ended by then. */
  after(agenda: Agenda, { delayMs, act }: { readonly delayMs: number; readonly act: () => void }): void {
    agenda.after(delayMs, act, () => !this.isOver);
  }
}

type Slot = {
  readonly holders: Set<Activity>;
  readonly queue: { readonly activity: Activity; readonly act: () => void }[];
};

/** Limits on what goes on at once, first come, first served. */
export class Slots {
  readonly #agenda: Agenda;
  readonly #slots = new Map<string, Slot>();

  constructor(agenda: Agenda) {
    this.#agenda = agenda;
  }

  acquire(request: {
    readonly key: string;
    readonly limit: number;
    readonly activity: Activity;
    readonly act: () => void;
  }): void {
    const { key, limit, activity, act } = request;
    const slot = this.#slots.get(key) ?? { holders: new Set(), queue: [] };
    this.#slots.set(key, slot);
    slot.queue.push({ activity, act });
    activity.whenOver(() => {
      slot.holders.delete(activity);
      this.#grant(slot, limit);
    });
    this.#grant(slot, limit);
  }

  #grant(slot: Slot, limit: number): void {
    while (slot.holders.size < limit) {
      const next = slot.queue.shift();
      if (next === undefined) return;
      if (next.activity.isOver) continue;
      slot.holders.add(next.activity);
      this.#agenda.soon(() => {
        if (!next.activity.isOver) next.act();
      });
    }
  }
}
