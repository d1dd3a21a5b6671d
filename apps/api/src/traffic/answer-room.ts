export type AnswerRoomSettings = {
  readonly totalBytes: number;
  readonly bytesPerCaller: number;
};

export const ANSWER_ROOM_SETTINGS: AnswerRoomSettings = {
  totalBytes: 256 * 1_024 * 1_024,
  bytesPerCaller: 64 * 1_024 * 1_024,
};

/** Smaller answers take no room: how many there are of them is bounded elsewhere. */
const LEAST_COUNTED_BYTES = 256 * 1_024;

const takeNothing = (): void => undefined;

/** Bounds the large answers that wait in memory until their callers have read them. */
export class AnswerRoom {
  readonly #settings: AnswerRoomSettings;
  readonly #held = new Map<string, number>();
  #total = 0;

  constructor(settings: AnswerRoomSettings = ANSWER_ROOM_SETTINGS) {
    this.#settings = settings;
  }

  /** Returns how to give the room back, or null when there is none. One answer, however large, is never too much for a caller. */
  take(key: string, bytes: number): (() => void) | null {
    if (bytes < LEAST_COUNTED_BYTES) return takeNothing;
    const held = this.#held.get(key) ?? 0;
    const { totalBytes, bytesPerCaller } = this.#settings;
    if (this.#total >= totalBytes || (held > 0 && held + bytes > bytesPerCaller)) return null;
    this.#add(key, bytes);
    let isHeld = true;
    return () => {
      if (isHeld) this.#add(key, -bytes);
      isHeld = false;
    };
  }

  #add(key: string, bytes: number): void {
    this.#total += bytes;
    const held = (this.#held.get(key) ?? 0) + bytes;
    if (held === 0) this.#held.delete(key);
    else this.#held.set(key, held);
  }
}
