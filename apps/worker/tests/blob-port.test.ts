import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createFolderBlobStore } from '@ia-modules/blobs';
import type { BlobReference } from '@ia-modules/plugin-sdk';
import { afterAll, expect, test } from 'vitest';
import { createBlobPort } from '../src/blob-port.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ia-blob-port-'));
const store = createFolderBlobStore({ folder });
const [ours, theirs] = [
  { tenantId: randomUUID(), runId: randomUUID() },
  { tenantId: randomUUID(), runId: randomUUID() },
];
const signal = new AbortController().signal;
const bytes = new TextEncoder().encode('invoice');

afterAll(() => rmSync(folder, { recursive: true }));

test('a later run of the tenant reads what a reference stands for, and the bytes lie below their run', async () => {
  const reference = await createBlobPort(store, ours).put(bytes, 'text/plain', signal);
  expect(reference).toEqual({
    blob: expect.stringMatching(`^${ours.runId}/blobs/[0-9a-f]{64}$`),
    sizeBytes: 7,
    contentType: 'text/plain',
  });
  const later = createBlobPort(store, { ...ours, runId: randomUUID() });
  expect(Buffer.from(await later.get(reference, signal)).toString()).toBe('invoice');
  await store.delete(`${ours.tenantId}/${ours.runId}/`);
  await expect(later.get(reference, signal)).rejects.toMatchObject({ code: 'IA_BLOB_MISSING' });
});

test('a reference of another tenant, however it is written, gives nothing', async () => {
  const { blob } = await createBlobPort(store, theirs).put(bytes, 'text/plain', signal);
  const digest = blob.split('/').at(-1);
  const port = createBlobPort(store, ours);
  const get = (forged: unknown) => port.get({ blob: forged } as BlobReference, signal);
  await expect(get(blob)).rejects.toMatchObject({ code: 'IA_BLOB_MISSING' });
  const forgeries = [
    `../${theirs.tenantId}/${blob}`,
    `${theirs.tenantId}/${blob}`,
    `/${theirs.tenantId}/${blob}`,
    `${ours.runId}/../../${theirs.tenantId}/${blob}`,
    `${theirs.runId}/${digest}`,
    `${blob}\n`,
    blob.toUpperCase(),
    '',
    null,
    [blob],
  ];
  for (const forged of forgeries) {
    await expect(get(forged)).rejects.toMatchObject({ code: 'IA_PLUGIN_BLOB_DENIED' });
  }
  await expect(port.get(null as unknown as BlobReference, signal)).rejects.toMatchObject({
    code: 'IA_PLUGIN_BLOB_DENIED',
  });
});

test('one call keeps so many blobs', async () => {
  const port = createBlobPort(store, ours);
  for (let count = 0; count < 100; count += 1) await port.put(bytes, 'text/plain', signal);
  await expect(port.put(bytes, 'text/plain', signal)).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
});
