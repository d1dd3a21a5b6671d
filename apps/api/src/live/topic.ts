import type { FeedKey, FeedPage, FeedSource, Placed } from './feed-source.ts';
import { comparePlaces, laterPlace, type Place } from './place.ts';

/** What is kept for those who are a little behind; whoever is further behind reads the database. */
const MAX_KEPT_ITEMS = 512;
const MAX_KEPT_BYTES = 512 * 1_024;

type Waiter = () => void;

/** A feed that somebody in this process subscribes to: its latest items, read once for all of them. */
export class Topic<T> {
  readonly source: FeedSource<T>;
  readonly key: FeedKey;
  members = 0;
  isOver = false;
  /** Whether something came while nobody knew yet where the feed stands. */
  isAnnounced = false;
  /** How many reads in a row found only that something is held back. */
  heldBackReads = 0;
  readonly #waiters = new Set<Waiter>();
  #kept: Placed<T>[] = [];
  #keptBytes = 0;
  /** `#kept` is complete from behind here to the head. */
  #keptAfter: Place = [0, 0];
  #head: Place | null = null;

  readonly #noteKept: (bytes: number) => void;

  /** @param noteKept hears how many bytes more, or less, are kept */
  constructor(source: FeedSource<T>, key: FeedKey, noteKept: (bytes: number) => void) {
    this.source = source;
    this.key = key;
    this.#noteKept = noteKept;
  }

  /** Up to where the feed is known; null until the first subscriber has caught up. */
  get head(): Place | null {
    return this.#head;
  }

  /** What stands behind a place; null when only the database knows. */
  itemsAfter(place: Place): readonly Placed<T>[] | null {
    if (this.#head === null || comparePlaces(place, this.#keptAfter) < 0) return null;
    const first = this.#kept.findIndex((kept) => comparePlaces(kept.place, place) > 0);
    return first === -1 ? [] : this.#kept.slice(first);
  }

  /** Somebody has caught up to here: from now on the feed is read for all. */
  reach(place: Place, isOver: boolean): void {
    if (this.#head === null) {
      this.#head = place;
      this.#keptAfter = place;
    }
    // Those who are at the head get what lies behind it first: reading that tells them that the feed is over.
    if (isOver && comparePlaces(this.#head, place) >= 0) this.isOver = true;
  }

  /** Takes what was read behind the head. */
  extend(page: FeedPage<T>): void {
    const head = this.#head;
    if (head === null) return;
    this.heldBackReads = page.isHeldBack && page.items.length === 0 ? this.heldBackReads + 1 : 0;
    const before = this.#keptBytes;
    for (const placed of page.items) {
      this.#kept.push(placed);
      this.#keptBytes += placed.bytes;
    }
    this.#head = laterPlace(head, page.end);
    if (page.isOver) this.isOver = true;
    this.#forgetOldest();
    this.#noteKept(this.#keptBytes - before);
    if (page.items.length > 0 || page.isOver) this.wakeAll();
  }

  /** Resolves when the feed has grown, ended, or the signal aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const woken = Promise.withResolvers<void>();
    const wake = (): void => woken.resolve();
    this.#waiters.add(wake);
    signal.addEventListener('abort', wake);
    if (this.#waiters.size === this.members) this.forgetKept();
    await woken.promise;
    signal.removeEventListener('abort', wake);
    this.#waiters.delete(wake);
  }

  wakeAll(): void {
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }

  #forgetOldest(): void {
    let count = 0;
    while (
      this.#kept.length - count > MAX_KEPT_ITEMS ||
      (this.#keptBytes > MAX_KEPT_BYTES && count < this.#kept.length)
    ) {
      const oldest = this.#kept[count];
      if (oldest === undefined) break;
      this.#keptBytes -= oldest.bytes;
      this.#keptAfter = oldest.place;
      count += 1;
    }
    if (count > 0) this.#kept.splice(0, count);
  }

  /** Whoever is behind reads the database. */
  forgetKept(): void {
    if (this.#head === null || this.#kept.length === 0) return;
    this.#noteKept(-this.#keptBytes);
    this.#kept = [];
    this.#keptBytes = 0;
    this.#keptAfter = this.#head;
  }
}
