import process from 'node:process';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { createFolderBlobStore } from '../src/folder-blob-store.ts';

const [folder = ''] = process.argv.slice(2);
const store = createFolderBlobStore({ folder });
const small = new Uint8Array(256 * 1_024);

await store.put('kept', small);
const full = await store.put('large', new Uint8Array(2 * 1_024 * 1_024)).catch((error: unknown) => error);
const refusal =
  full instanceof PlatformError ? { code: full.code, disposition: full.disposition, hint: full.hint } : String(full);
const left = await store.get('large');
await store.put('next', small);
const sizes = { kept: await store.sizeOf('kept'), next: await store.sizeOf('next') };
process.stdout.write(JSON.stringify({ refusal, left: left?.byteLength ?? null, sizes }));
