/** A binary heap that knows where its items are, so that any of them can be moved or taken out in O(log n). */
export class IndexedHeap<T> {
  readonly #isBefore: (a: T, b: T) => boolean;
  readonly #items: T[] = [];
  readonly #positions = new Map<T, number>();

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#items.length;
  }

  has(item: T): boolean {
    return this.#positions.has(item);
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  /** Puts an item in, or to its new place when its order has changed. */
  put(item: T): void {
    const position = this.#positions.get(item);
    if (position === undefined) this.#items.push(item);
    this.#settle(item, position ?? this.#items.length - 1);
  }

  /** Whether the item was there. */
  remove(item: T): boolean {
    const position = this.#positions.get(item);
    if (position === undefined) return false;
    this.#positions.delete(item);
    const last = this.#items.pop() as T;
    if (last !== item) this.#settle(last, position);
    return true;
  }

  #settle(item: T, from: number): void {
    let position = from;
    while (position > 0) {
      const above = (position - 1) >> 1;
      const parent = this.#items[above] as T;
      if (!this.#isBefore(item, parent)) break;
      this.#seat(parent, position);
      position = above;
    }
    for (;;) {
      const below = this.#firstBelow(position);
      if (below === undefined || !this.#isBefore(this.#items[below] as T, item)) break;
      this.#seat(this.#items[below] as T, position);
      position = below;
    }
    this.#seat(item, position);
  }

  #firstBelow(position: number): number | undefined {
    const left = 2 * position + 1;
    if (left >= this.#items.length) return undefined;
    const right = left + 1;
    if (right >= this.#items.length) return left;
    return this.#isBefore(this.#items[right] as T, this.#items[left] as T) ? right : left;
  }

  #seat(item: T, position: number): void {
    this.#items[position] = item;
    this.#positions.set(item, position);
  }
}
