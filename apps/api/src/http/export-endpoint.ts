import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BlobStore } from '@ia-modules/blobs';
import type { ApiServices } from '../context.ts';
import { type ExportFile, readManifest } from '../tenants/export/export-manifest.ts';
import { answerError, type JsonError } from './answer-json.ts';

const NOT_THERE: JsonError = {
  status: 404,
  code: 'IA_API_NOT_FOUND',
  message: 'There is no such file, or its address is not valid any more.',
  hint: 'Ask for `Tenant.exports` again: its addresses are valid for ten minutes.',
};

async function* readParts(blobs: BlobStore, { parts }: ExportFile): AsyncGenerator<Uint8Array, void> {
  for (const key of parts) {
    const bytes = await blobs.get(key);
    if (bytes === undefined) throw new Error(`A part of an export is gone: ${key}.`);
    yield bytes;
  }
}

/** Gives out files of exports to who has a signed address. */
export const createExportEndpoint =
  ({ blobs, exportLinks }: ApiServices) =>
  async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const place = request.method === 'GET' ? exportLinks.read(request.url ?? '/') : null;
    const manifest = place === null ? null : await readManifest(blobs, place);
    if (place === null || manifest === null) return answerError(response, NOT_THERE);
    const file = manifest.files.find(({ name }) => name === place.file);
    const isManifest = place.file === 'manifest.json';
    if (file === undefined && !isManifest) return answerError(response, NOT_THERE);
    response.setHeader('content-disposition', `attachment; filename="${place.file}"`);
    response.setHeader('cache-control', 'no-store');
    response.setHeader('content-type', isManifest ? 'application/json' : 'application/gzip');
    if (file === undefined) {
      response.end(`${JSON.stringify(manifest, null, 2)}\n`);
      return;
    }
    response.setHeader('content-length', file.sizeBytes);
    await pipeline(Readable.from(readParts(blobs, file)), response);
  };
