import { expect, test } from 'vitest';
import { createBlobStore } from './create-blob-store.ts';

test.each([
  'file:///var/lib/ia/blobs',
  's3://bucket',
  's3://bucket/some/prefix/?region=eu-central-1',
  's3://bucket?endpoint=http://127.0.0.1:9000&path_style=false',
])('opens %s', (url) => {
  expect(() => createBlobStore(url)).not.toThrow();
});

test.each([
  ['blobs', 'file:// or s3://'],
  ['https://bucket', 'file:// or s3://'],
  ['file://machine/blobs', 'another machine'],
  ['file:///a%2Fb', 'no path'],
  ['s3:///prefix', 'no bucket'],
  ['s3://hidden:hidden@bucket', 'credentials'],
  ['s3://bucket?endpoint=ftp://hidden', 'endpoint'],
  ['s3://bucket?hidden=1', 'option'],
  ['s3://bucket?path_style=hidden', 'path_style'],
])('refuses %s and does not repeat it', (url, problem) => {
  const failure = { code: 'IA_CONFIG_INVALID', message: expect.stringContaining(problem) };
  expect(() => createBlobStore(url)).toThrow(expect.objectContaining(failure));
  expect(() => createBlobStore(url)).not.toThrow(/hidden/);
});
