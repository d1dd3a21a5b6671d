import { pipeline, Readable, Transform } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { PluginError } from '@ia-modules/plugin-sdk';

/** A page of a listing has 1,000 keys of at most 1 KiB. */
const MAX_ANSWER_BYTES = 3 * 1024 * 1024;

type Answer = { readonly statusCode: number; body?: unknown };

/** Bounds all answers but objects: the SDK reads them at once, whatever their size, and holds up everything else meanwhile. */
export const boundAnswers = (client: S3Client): void => {
  client.middlewareStack.add(
    (next, context) => async (request) => {
      const result = await next(request);
      const answer = result.response as Answer;
      const isObject = context.commandName === 'GetObjectCommand' && answer.statusCode < 300;
      if (!isObject && answer.body instanceof Readable) answer.body = pipeline(answer.body, createBound(), () => {});
      return result;
    },
    { name: 'boundAnswers', step: 'deserialize', priority: 'low' },
  );
};

const createBound = (): Transform => {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.byteLength;
      if (bytes > MAX_ANSWER_BYTES) done(tooMuch());
      else done(null, chunk);
    },
  });
};

const tooMuch = (): PluginError =>
  new PluginError({ code: 'IA_PLUGIN_LIMIT', message: `The server sent more than ${MAX_ANSWER_BYTES} bytes.` });
