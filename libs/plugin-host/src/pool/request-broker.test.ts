import type { BlobPort } from '@ia-modules/plugin-sdk/host';
import type { HostFrame } from '@ia-modules/plugin-sdk/protocol';
import { expect, it, vi } from 'vitest';
import { createRequestBroker } from './request-broker.ts';

const BLOB_BYTES = 40 * 1024 * 1024;

it('holds few blobs at a time, however many a guest asks for and leaves unread', async () => {
  const count = { reading: 0, most: 0 };
  const blobs: BlobPort = {
    put: () => Promise.reject(new Error('not asked for')),
    get: async () => {
      count.most = Math.max(count.most, ++count.reading);
      await Promise.resolve();
      count.reading--;
      return new Uint8Array(BLOB_BYTES);
    },
  };
  const sent: HostFrame[] = [];
  const broker = createRequestBroker({
    callId: 1,
    ports: { fetch, blobs: () => blobs, callPlugin: () => Promise.reject(new Error('not asked for')) },
    scrub: (text) => text,
    send: (frame) => sent.push(frame),
  });
  const reference = { blob: 'large', sizeBytes: 1, contentType: 'x' };
  for (let requestId = 1; requestId <= 40; requestId++) broker.take({ type: 'blob_get', id: 1, requestId, reference });
  await vi.waitUntil(() => sent.filter(({ type }) => type === 'answer').length === 40);
  const givenUp = sent.filter((frame) => frame.type === 'chunk' && frame.error?.code === 'IA_PLUGIN_LIMIT');
  expect([count.most, givenUp.length]).toEqual([1, 39]);
  broker.stop();
});
