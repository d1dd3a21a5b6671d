import type { OutgoingHttpHeaders } from 'node:http';

/** A whole answer, as it goes over the wire. */
export type StoredAnswer = Readonly<{ headers: OutgoingHttpHeaders; body: Buffer }>;

/** Answers that were given before. Each holds for one revision of what it was made of: the caller asks for it each time. */
export type AnswerCache = Readonly<{
  find(key: string, revision: string): StoredAnswer | undefined;
  hold(key: string, revision: string, answer: StoredAnswer): void;
}>;

type Held = Readonly<{ revision: string; answer: StoredAnswer; sizeBytes: number }>;

const MAX_BYTES = 32 * 1_024 * 1_024;
/** Of an answer besides its body. */
const OVERHEAD_BYTES = 1_024;

/** Holds the answers that were asked for last. */
export function createAnswerCache(maxBytes = MAX_BYTES): AnswerCache {
  const held = new Map<string, Held>();
  let heldBytes = 0;

  const drop = (key: string): void => {
    heldBytes -= held.get(key)?.sizeBytes ?? 0;
    held.delete(key);
  };
  const put = (key: string, entry: Held): void => {
    drop(key);
    held.set(key, entry);
    heldBytes += entry.sizeBytes;
    for (const oldest of held.keys()) {
      if (heldBytes <= maxBytes) break;
      drop(oldest);
    }
  };

  return {
    find: (key, revision) => {
      const found = held.get(key);
      if (found === undefined) return undefined;
      if (found.revision === revision) put(key, found);
      else drop(key);
      return found.revision === revision ? found.answer : undefined;
    },
    hold: (key, revision, answer) => {
      const sizeBytes = key.length + answer.body.byteLength + OVERHEAD_BYTES;
      if (sizeBytes <= maxBytes) put(key, { revision, answer, sizeBytes });
    },
  };
}
