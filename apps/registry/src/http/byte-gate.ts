/** Lets work in as long as the bytes that all of it holds stay within a bound; who waits goes in the order they came. */
export type ByteGate = <T>(bytes: number, work: () => Promise<T>) => Promise<T>;

export function createByteGate(maxBytes: number): ByteGate {
  const waiting: { readonly bytes: number; readonly enter: () => void }[] = [];
  let held = 0;
  const admit = () => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      // What is larger than the bound goes alone.
      if (held > 0 && held + next.bytes > maxBytes) return;
      waiting.shift();
      held += next.bytes;
      next.enter();
    }
  };
  return async (bytes, work) => {
    await new Promise<void>((enter) => {
      waiting.push({ bytes, enter });
      admit();
    });
    try {
      return await work();
    } finally {
      held -= bytes;
      admit();
    }
  };
}
