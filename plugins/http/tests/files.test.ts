import { createHash } from 'node:crypto';
import type { JsonObject } from '@ia-modules/plugin-sdk';
import { createTestbed, type Testbed } from '@ia-modules/plugin-testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { plugin } from '../src/index.ts';
import { startHttpServer } from './http-server.ts';

let server: Awaited<ReturnType<typeof startHttpServer>>;
let testbed: Testbed;

beforeAll(async () => {
  server = await startHttpServer();
  testbed = createTestbed({ plugin, packageJson });
});
beforeEach(() => {
  server.seen.length = 0;
  testbed.reset();
});
afterAll(() => server.close());

const BYTES = Buffer.from([0, 255, 10]);
const SHA256 = createHash('sha256').update(BYTES).digest('hex');

describe('http.download', () => {
  const download = (path: string, input: JsonObject = {}) =>
    testbed.step('download', { url: `${server.origin}${path}`, ...input });

  it('keeps the bytes and tells their hash', async () => {
    expect(await download('/bytes', { sha256: SHA256.toUpperCase() })).toMatchObject({
      status: 200,
      file: { blob: 'local/1', sizeBytes: 3, contentType: 'image/x-test' },
      sha256: SHA256,
    });
    expect(Buffer.from(testbed.blobs.get('local/1') ?? [])).toEqual(BYTES);
  });

  it('keeps nothing that is not what was expected, too large or not there', async () => {
    await expect(download('/bytes', { sha256: '0'.repeat(64) })).rejects.toMatchObject({ name: 'IntegrityError' });
    await expect(download('/bytes', { max_bytes: 2 })).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
    await expect(download('/nowhere')).rejects.toMatchObject({ details: { status: 404 } });
    expect(testbed.blobs.size).toBe(0);
  });
});

describe('http.upload', () => {
  const upload = async (input: JsonObject) => {
    const { file } = await testbed.step('download', { url: `${server.origin}/bytes` });
    server.seen.length = 0;
    const files = [{ field: 'photo', filename: 'a "b".bin', file: file as JsonObject }];
    return await testbed.step('upload', { url: `${server.origin}/echo`, files, ...input });
  };

  it('sends a form with fields and files', async () => {
    await upload({ fields: { title: 'Grüße' } });
    const [{ headers, body }] = server.seen as [(typeof server.seen)[number]];
    const form = await new Response(body, { headers: { 'content-type': headers['content-type'] ?? '' } }).formData();
    const photo = form.get('photo') as File;
    expect(form.get('title')).toBe('Grüße');
    expect([photo.name, photo.type, Buffer.from(await photo.arrayBuffer())]).toEqual([
      'a "b".bin',
      'image/x-test',
      BYTES,
    ]);
    expect(headers['idempotency-key']).toBe('run-1/step');
  });

  it('sends one file as it is', async () => {
    expect(await upload({ encoding: 'raw', method: 'PUT' })).toMatchObject({ status: 200, body: { method: 'PUT' } });
    expect(server.seen[0]?.body).toEqual(BYTES);
    expect(server.seen[0]?.headers['content-type']).toBe('image/x-test');
  });

  it('refuses fields beside a raw file, and bytes that are gone', async () => {
    await expect(upload({ encoding: 'raw', fields: { a: 'b' } })).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
    const gone = { blob: 'gone', sizeBytes: 1, contentType: 'text/plain' };
    await expect(upload({ files: [{ filename: 'a', file: gone }] })).rejects.toMatchObject({ code: 'IA_BLOB_MISSING' });
  });
});
