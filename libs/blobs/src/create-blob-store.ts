import { fileURLToPath } from 'node:url';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { DocumentStore } from './blob-store.ts';
import { createFolderBlobStore } from './folder-blob-store.ts';
import { createS3BlobStore } from './s3-blob-store.ts';

type Refuse = (problem: string) => PlatformError;

const S3_OPTIONS: ReadonlySet<string> = new Set(['region', 'endpoint', 'path_style']);

/**
 * Opens the storage that a URL names: `file:///folder`, or
 * `s3://bucket/prefix?region=…&endpoint=…&path_style=true|false` with the credentials that the AWS SDK finds. `setting` is
 * what the operator wrote it into.
 *
 * @throws PlatformError IA_CONFIG_INVALID, which never shows the URL
 */
export const createBlobStore = (url: string, setting = 'IA_BLOB_URL'): DocumentStore => {
  const invalid: Refuse = (problem) => invalidSetting(setting, problem);
  const parsed = URL.parse(url);
  if (parsed?.protocol === 'file:') return createFolderBlobStore({ folder: folderOf(parsed, invalid) });
  if (parsed?.protocol === 's3:') return openBucket(parsed, invalid);
  throw invalid('must be a file:// or s3:// URL');
};

const folderOf = (url: URL, invalid: Refuse): string => {
  if (url.hostname !== '' && url.hostname !== 'localhost') throw invalid('names another machine: write file:///folder');
  try {
    return fileURLToPath(url);
  } catch {
    throw invalid('is no path of this machine: write file:///folder');
  }
};

const openBucket = (url: URL, invalid: Refuse): DocumentStore => {
  if (url.username !== '' || url.password !== '') throw invalid('must not hold credentials: set AWS_ACCESS_KEY_ID');
  if (url.hostname === '') throw invalid('names no bucket');
  const unknown = [...url.searchParams.keys()].filter((name) => !S3_OPTIONS.has(name));
  if (unknown.length > 0) throw invalid('has an option that is none of region, endpoint and path_style');
  const option = (name: string): string | undefined => url.searchParams.get(name) ?? undefined;
  const prefix = url.pathname.replace(/^\/|\/$/g, '');
  const endpoint = option('endpoint');
  if (endpoint !== undefined && !/^https?:$/.test(URL.parse(endpoint)?.protocol ?? '')) {
    throw invalid('has an endpoint that is no http:// or https:// URL');
  }
  const pathStyle = option('path_style');
  if (pathStyle !== undefined && pathStyle !== 'true' && pathStyle !== 'false') {
    throw invalid('has a path_style that is neither true nor false');
  }
  return createS3BlobStore({
    bucket: url.hostname,
    prefix: prefix === '' ? undefined : prefix,
    region: option('region'),
    endpoint,
    usesPathStyle: pathStyle === undefined ? undefined : pathStyle === 'true',
  });
};

const invalidSetting = (setting: string, problem: string): PlatformError =>
  new PlatformError({
    code: 'IA_CONFIG_INVALID',
    message: `${setting} ${problem}.`,
    hint: 'Write file:///folder, or s3://bucket/prefix?region=…&endpoint=….',
    fault: 'infra',
  });
