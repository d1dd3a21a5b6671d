import { inspect } from 'node:util';
import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createS3BlobStore } from '../src/s3-blob-store.ts';
import { testBlobStore } from './blob-store.testsuite.ts';
import { BUCKET, CREDENTIALS, type S3Server, startS3Server } from '../src/testing/s3-server.ts';

let server: S3Server;
let client: S3Client;
beforeAll(async () => {
  server = await startS3Server();
  client = new S3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: CREDENTIALS,
  });
});
afterAll(async () => {
  client.destroy();
  await server.stop();
});

const open = (prefix?: string, bucket: string = BUCKET) =>
  createS3BlobStore({ bucket, prefix, endpoint: server.endpoint, credentials: CREDENTIALS });

testBlobStore(() => ({
  store: open('some/prefix'),
  write: async (key, bytes) => {
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: `some/prefix/${key}`, Body: bytes }));
  },
}));

test('stores with different prefixes share nothing', async () => {
  await open('one').put('a/b', new Uint8Array(1));
  expect(await open('other').get('a/b')).toBeUndefined();
  await open('other').delete('a');
  expect(await open('one').get('a/b')).toHaveLength(1);
});

test('more keys than a server lists at once are all deleted', async () => {
  const keys = Array.from({ length: 1_050 }, (_, index) => `tenant/run/${index}`);
  const store = open('many');
  for (let start = 0; start < keys.length; start += 50) {
    await Promise.all(keys.slice(start, start + 50).map((key) => store.put(key, new Uint8Array())));
  }
  await store.delete('tenant/run/');
  const left = await client.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: 'many/' }));
  expect(left.Contents ?? []).toEqual([]);
});

test('a bucket that is not there says so, without the credentials', async () => {
  const failure = await open(undefined, 'missing')
    .put('a', new Uint8Array(1))
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'IA_BLOB_UNAVAILABLE', disposition: 'retry' });
  expect(inspect(failure, { depth: null, showHidden: true })).not.toContain(CREDENTIALS.accessKeyId);
});

test('a server that is not there can not be reached', async () => {
  const store = createS3BlobStore({ bucket: BUCKET, endpoint: 'http://127.0.0.1:1', credentials: CREDENTIALS });
  await expect(store.get('a')).rejects.toMatchObject({ code: 'IA_BLOB_UNAVAILABLE', fault: 'infra' });
});
