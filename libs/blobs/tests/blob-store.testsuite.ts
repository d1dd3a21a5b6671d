import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import type { BlobEntry, BlobStore, DocumentStore } from '../src/blob-store.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const asText = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : new TextDecoder().decode(bytes);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const entriesOf = async (store: BlobStore, prefix: string): Promise<BlobEntry[]> => {
  const entries: BlobEntry[] = [];
  for await (const entry of store.list(prefix)) entries.push(entry);
  return entries;
};

/** Tests what every store does. `write` puts bytes where the store keeps a key, past the store. */
export const testBlobStore = (
  open: () => Readonly<{ store: DocumentStore; write: (key: string, bytes: Uint8Array) => Promise<void> }>,
): void => {
  describe('as every store', () => {
    const runKey = (): string => `${randomUUID()}/${randomUUID()}`;

    test('gives back what was put', async () => {
      const { store } = open();
      const bytes = randomBytes(3 * 1_024 * 1_024);
      const key = `${runKey()}/${sha256(bytes)}`;
      await store.put(key, bytes);
      expect(await store.sizeOf(key)).toBe(bytes.byteLength);
      expect(Buffer.compare((await store.get(key)) ?? Buffer.of(), bytes)).toBe(0);
    });

    test('keeps nothing at all, and no bytes', async () => {
      const { store } = open();
      const key = `${runKey()}/value`;
      expect(await store.get(key)).toBeUndefined();
      expect(await store.sizeOf(key)).toBeUndefined();
      await store.put(key, new Uint8Array());
      expect(await store.get(key)).toHaveLength(0);
      expect(await store.sizeOf(key)).toBe(0);
    });

    test('puts again in place of what was there', async () => {
      const { store } = open();
      const key = `${runKey()}/value`;
      await store.put(key, text('before'));
      await store.put(key, text('now'));
      expect(asText(await store.get(key))).toBe('now');
    });

    test('puts one key from many sides at once', async () => {
      const { store } = open();
      const bytes = randomBytes(100_000);
      const key = `${runKey()}/${sha256(bytes)}`;
      await Promise.all(Array.from({ length: 8 }, () => store.put(key, bytes)));
      expect(await store.sizeOf(key)).toBe(bytes.byteLength);
      expect(await store.get(key)).toHaveLength(bytes.byteLength);
    });

    test('deletes a key and all below it, and no neighbour', async () => {
      const { store } = open();
      const run = runKey();
      const neighbour = `${run}1`;
      const keys = Array.from({ length: 40 }, (_, index) => `${run}/${index}`);
      await Promise.all([...keys, `${neighbour}/value`].map((key) => store.put(key, text(key))));
      await store.delete(`${run}/`);
      await store.delete(`${run}/`);
      expect(await Promise.all(keys.map((key) => store.sizeOf(key)))).toEqual(keys.map(() => undefined));
      expect(asText(await store.get(`${neighbour}/value`))).toBe(`${neighbour}/value`);
      await store.delete(`${neighbour}/value`);
      expect(await store.get(`${neighbour}/value`)).toBeUndefined();
      await store.put(keys[0] ?? '', text('again'));
      expect(asText(await store.get(keys[0] ?? ''))).toBe('again');
    });

    test('lists the keys below a prefix with their sizes, and no neighbour', async () => {
      const { store } = open();
      const run = runKey();
      const keys = [`${run}/a`, `${run}/b/c`, `${run}/b/d`];
      await Promise.all([...keys, `${run}1/e`].map((key) => store.put(key, text(key))));
      const listed = await entriesOf(store, `${run}/`);
      expect(listed.toSorted((left, right) => left.key.localeCompare(right.key))).toEqual(
        keys.map((key) => ({ key, sizeBytes: key.length })),
      );
      expect(await entriesOf(store, runKey())).toEqual([]);
    });

    test('puts over what was read, and not over what somebody else put meanwhile', async () => {
      const { store } = open();
      const key = `@${runKey()}/document.json`;
      const before = { code: 'IA_BLOB_CHANGED', disposition: 'retry' };
      expect([await store.read(key), await store.revisionOf(key)]).toEqual([undefined, undefined]);
      await expect(store.putIf(key, text('early'), 'some')).rejects.toMatchObject(before);
      await store.putIf(key, text('first'), undefined);
      await expect(store.putIf(key, text('again'), undefined)).rejects.toMatchObject(before);
      const first = await store.read(key);
      expect([asText(first?.bytes), first?.revision]).toEqual(['first', await store.revisionOf(key)]);
      await store.putIf(key, text('second'), first?.revision);
      await expect(store.putIf(key, text('third'), first?.revision)).rejects.toMatchObject(before);
      expect(asText((await store.read(key))?.bytes)).toBe('second');
      expect(await store.revisionOf(key)).not.toBe(first?.revision);
    });

    test('opens bytes as a stream, and names what is below a prefix', async () => {
      const { store } = open();
      const scope = `@${randomUUID()}`;
      const bytes = randomBytes(700_000);
      expect(await store.open(`${scope}/a/one`)).toBeUndefined();
      expect(await store.names(scope)).toEqual([]);
      await Promise.all(['a/one', 'a/two', 'b'].map((key) => store.put(`${scope}/${key}`, bytes)));
      const opened = await store.open(`${scope}/a/one`);
      expect(opened?.sizeBytes).toBe(bytes.byteLength);
      expect(opened === undefined ? undefined : Buffer.compare(await buffer(opened.body), bytes)).toBe(0);
      expect((await store.names(scope)).toSorted()).toEqual(['a', 'b']);
      expect(await store.names()).toContain(scope);
    });

    test('refuses content that is not what its key promises', async () => {
      const { store, write } = open();
      const bytes = text('whole');
      const key = `${runKey()}/${sha256(bytes)}`;
      await store.put(key, bytes);
      await write(key, text('whale'));
      await expect(store.get(key)).rejects.toMatchObject({ code: 'IA_BLOB_CORRUPT', fault: 'infra' });
    });

    test.each([
      '',
      '/a',
      'a/',
      '../a',
      'a/../b',
      'a//b',
      'a/./b',
      '.hidden/a',
      'a\\b',
      'a b',
      'a\0b',
      'ä',
      `${'a/'.repeat(300)}a`,
    ])('takes %j for no key', async (key) => {
      const { store } = open();
      await expect(store.put(key, text('x'))).rejects.toMatchObject({ code: 'IA_BLOB_KEY' });
      await expect(store.get(key)).rejects.toMatchObject({ code: 'IA_BLOB_KEY' });
      await expect(store.sizeOf(key)).rejects.toMatchObject({ code: 'IA_BLOB_KEY' });
    });

    test('deletes nothing without a prefix', async () => {
      const { store } = open();
      for (const prefix of ['', '/', '..', '.'])
        await expect(store.delete(prefix)).rejects.toMatchObject({ code: 'IA_BLOB_KEY' });
    });

    test('stores nothing for who gave up', async () => {
      const { store } = open();
      const key = `${runKey()}/value`;
      await expect(store.put(key, text('late'), AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
      expect(await store.get(key)).toBeUndefined();
    });
  });
};
