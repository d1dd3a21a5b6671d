import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { S3Context, S3Object, S3Store, StoredObject } from '@20minutes/s3rver';

/**
 * Makes the server keep what S3 promises and it does not: an object is stored whole or not at all, whoever reads it
 * meanwhile sees the one before, and If-Match and If-None-Match hold.
 */
export const atomicObjects = (store: S3Store) => {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work, work);
    last = turn.catch(() => undefined);
    return turn;
  };
  return async (context: S3Context, next: () => Promise<void>): Promise<void> => {
    const { headers } = context;
    context.store = Object.assign(Object.create(store) as S3Store, {
      putObject: async (object: S3Object) => {
        const content = Buffer.isBuffer(object.content) ? object.content : await buffer(object.content);
        return await inTurn(async () => {
          await checkConditions(store, object, headers);
          return await store.putObject(Object.assign(object, { content }));
        });
      },
      getObject: (bucket: string, key: string, options: unknown) =>
        inTurn(async (): Promise<StoredObject | null> => {
          const found = await store.getObject(bucket, key, options);
          if (found?.content !== undefined) found.content = Readable.from([await buffer(found.content)]);
          return found;
        }),
    });
    await next();
  };
};

const checkConditions = async (
  store: S3Store,
  { bucket, key }: S3Object,
  headers: S3Context['headers'],
): Promise<void> => {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  if (match === undefined && noneMatch === undefined) return;
  const exists = await store.existsObject(bucket, key);
  const etag = exists ? (await store.getMetadata(bucket, key)).etag : undefined;
  if ((noneMatch === '*' && exists) || (match !== undefined && match !== etag)) {
    throw Object.assign(new Error('The condition does not hold.'), PRECONDITION_FAILED);
  }
};

const PRECONDITION_FAILED = {
  code: 'PreconditionFailed',
  status: 412,
  expose: true,
  headers: {},
  detail: {},
  toXML: (): string => '<?xml version="1.0" encoding="UTF-8"?><Error><Code>PreconditionFailed</Code></Error>',
} as const;
