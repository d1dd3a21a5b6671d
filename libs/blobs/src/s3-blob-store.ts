import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { checkBlobContent, checkBlobKey, checkBlobPrefix } from './blob-key.ts';
import type { BlobEntry, BlobRevision, DocumentStore } from './blob-store.ts';
import { changed, isOneOf, noSpace, unavailable } from './storage-error.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_ATTEMPTS = 4;
const INSUFFICIENT_STORAGE = 507;
const CONCURRENT_DELETES = 16;
const CONTENT_TYPE = 'application/octet-stream';
const CONDITION_FAILED = ['PreconditionFailed', 'ConditionalRequestConflict'];
const HINT =
  'Check the bucket, region and endpoint in the URL of the storage, and the credentials (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or what the AWS SDK finds elsewhere).';

export type S3BlobStoreInit = Readonly<{
  bucket: string;
  /** What all keys are put below. @default none */
  prefix?: string | undefined;
  /** @default what the AWS SDK finds */
  region?: string | undefined;
  /** Of an S3-compatible server. @default AWS */
  endpoint?: string | undefined;
  /** Names the bucket in the path rather than in the host. @default true for an endpoint of one's own */
  usesPathStyle?: boolean | undefined;
  /** @default what the AWS SDK finds: the environment, profiles, the machine's role */
  credentials?: Readonly<{ accessKeyId: string; secretAccessKey: string }> | undefined;
}>;

/** Keeps blobs as objects of a bucket, which must be there. */
export const createS3BlobStore = (init: S3BlobStoreInit): DocumentStore => {
  const client = new S3Client(clientConfig(init));
  const { bucket: Bucket } = init;
  const base = init.prefix === undefined ? '' : `${checkBlobPrefix(init.prefix)}/`;
  const locate = (key: string) => ({ Bucket, Key: base + checkBlobKey(key) });
  const read = async (key: string): Promise<BlobRevision | undefined> => {
    const found = await client.send(new GetObjectCommand(locate(key))).catch(absentOrRefuse);
    const bytes = await found?.Body?.transformToByteArray().catch(refuse);
    if (bytes === undefined || found?.ETag === undefined) return undefined;
    return { bytes: checkBlobContent(key, bytes), revision: found.ETag };
  };
  return {
    put: async (key, bytes, signal) => {
      const command = new PutObjectCommand({ ...locate(key), Body: bytes, ContentType: CONTENT_TYPE });
      await client.send(command, abortedBy(signal)).catch(refuse);
    },
    putIf: async (key, bytes, revision) => {
      const condition = revision === undefined ? { IfNoneMatch: '*' } : { IfMatch: revision };
      const command = new PutObjectCommand({ ...locate(key), ...condition, Body: bytes, ContentType: CONTENT_TYPE });
      await client.send(command).catch(async (error: unknown) => {
        if (!isOneOf(error, CONDITION_FAILED)) throw refuse(error);
        // The answer to a first try may have been lost on its way, and the SDK tried again.
        const found = await read(key);
        if (found === undefined || Buffer.compare(found.bytes, bytes) !== 0) throw changed();
      });
    },
    read,
    revisionOf: async (key) => {
      const found = await client.send(new HeadObjectCommand(locate(key))).catch(absentOrRefuse);
      return found?.ETag;
    },
    open: async (key) => {
      const found = await client.send(new GetObjectCommand(locate(key))).catch(absentOrRefuse);
      if (!(found?.Body instanceof Readable)) return undefined;
      return { sizeBytes: found.ContentLength ?? 0, body: found.Body };
    },
    names: async (prefix) => {
      const below = prefix === undefined ? '' : `${checkBlobPrefix(prefix)}/`;
      return await namesBelow({ client, bucket: Bucket, base: base + below });
    },
    get: async (key, signal) => {
      const bytes = await client
        .send(new GetObjectCommand(locate(key)), abortedBy(signal))
        .then(({ Body }) => Body?.transformToByteArray())
        .catch(absentOrRefuse);
      return bytes === undefined ? undefined : checkBlobContent(key, bytes);
    },
    sizeOf: async (key) => {
      const found = await client.send(new HeadObjectCommand(locate(key))).catch(absentOrRefuse);
      return found?.ContentLength;
    },
    list: (prefix) => listBelow({ client, bucket: Bucket, base }, checkBlobPrefix(prefix)),
    delete: async (prefix) => {
      const { Key } = locate(checkBlobPrefix(prefix));
      await deleteBelow(client, Bucket, Key).catch(refuse);
    },
  };
};

const clientConfig = (init: S3BlobStoreInit): S3ClientConfig => {
  const { region, endpoint, credentials, usesPathStyle = endpoint !== undefined } = init;
  return {
    // A server of one's own needs a region for signatures alone.
    ...(region === undefined ? (endpoint === undefined ? {} : { region: 'us-east-1' }) : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    forcePathStyle: usesPathStyle,
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
    // Servers that speak S3 know fewer checksums than AWS; what is read is checked here.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  };
};

async function* listBelow(
  { client, bucket, base }: Readonly<{ client: S3Client; bucket: string; base: string }>,
  prefix: string,
): AsyncGenerator<BlobEntry, void> {
  let token: string | undefined;
  do {
    const list = new ListObjectsV2Command({ Bucket: bucket, Prefix: `${base}${prefix}/`, ContinuationToken: token });
    const page = await client.send(list).catch(refuse);
    for (const { Key, Size } of page.Contents ?? []) {
      if (Key !== undefined) yield { key: Key.slice(base.length), sizeBytes: Size ?? 0 };
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
}

const namesBelow = async ({ client, bucket, base }: Readonly<{ client: S3Client; bucket: string; base: string }>) => {
  const names = new Set<string>();
  let token: string | undefined;
  do {
    const list = new ListObjectsV2Command({ Bucket: bucket, Prefix: base, Delimiter: '/', ContinuationToken: token });
    const page = await client.send(list).catch(refuse);
    for (const { Key } of page.Contents ?? []) if (Key !== undefined) names.add(Key.slice(base.length));
    for (const { Prefix } of page.CommonPrefixes ?? []) {
      if (Prefix !== undefined) names.add(Prefix.slice(base.length, -1));
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return [...names];
};

/** One object a request: not every server has the call that deletes many. */
const deleteBelow = async (client: S3Client, bucket: string, key: string): Promise<void> => {
  const isMeant = (Key: string): boolean => Key === key || Key.startsWith(`${key}/`);
  const remove = (Key: string) => client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
  let token: string | undefined;
  do {
    const list = new ListObjectsV2Command({ Bucket: bucket, Prefix: key, ContinuationToken: token });
    const page = await client.send(list);
    const keys = (page.Contents ?? []).flatMap(({ Key }) => Key ?? []).filter(isMeant);
    for (let start = 0; start < keys.length; start += CONCURRENT_DELETES) {
      await Promise.all(keys.slice(start, start + CONCURRENT_DELETES).map(remove));
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
};

const abortedBy = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { abortSignal: signal });

const absentOrRefuse = (error: unknown): undefined => {
  // A HEAD has no body that tells a missing key from a missing bucket.
  if (isOneOf(error, ['NoSuchKey', 'NotFound'])) return undefined;
  return refuse(error);
};

const refuse = (error: unknown): never => {
  if (isOneOf(error, ['AbortError'])) throw error;
  if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === INSUFFICIENT_STORAGE) {
    throw noSpace(withoutRequest(error));
  }
  throw unavailable(HINT, withoutRequest(error));
};

/** The SDK's errors bring along what was signed and answered, which belongs in no log. */
const withoutRequest = (error: unknown): Error =>
  error instanceof Error ? new Error(`${error.name}: ${error.message}`) : new Error(String(error));
