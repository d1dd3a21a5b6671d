import { parentPort } from 'node:worker_threads';
import type { TarballLimits } from '../limits.ts';
import type { Checked } from '../problem.ts';
import { type FoundSecret, findSecrets } from './secret-scan.ts';
import { type PackageContents, inspectTarball } from './tarball.ts';

export type InspectionOrder = Readonly<{ tarball: Uint8Array; limits: TarballLimits }>;

/** What was found, and the tarball back: it travels between threads without being copied. */
export type InspectionResult = Readonly<{
  contents: Checked<PackageContents>;
  secrets: readonly FoundSecret[];
  tarball: Uint8Array;
}>;

const MAX_SECRETS = 20;

parentPort?.on('message', (order: InspectionOrder) => {
  void answer(order);
});

async function answer({ tarball, limits }: InspectionOrder): Promise<void> {
  const files: { readonly path: string; readonly chunks: readonly Uint8Array[] }[] = [];
  const contents = await inspectTarball(tarball, limits, (path, chunks) => files.push({ path, chunks }));
  const secrets: FoundSecret[] = [];
  for (const { path, chunks } of contents.ok ? files : []) {
    if (secrets.length < MAX_SECRETS) secrets.push(...(await findSecrets(path, Buffer.concat(chunks))));
  }
  const result: InspectionResult = { contents, secrets: secrets.slice(0, MAX_SECRETS), tarball };
  parentPort?.postMessage(result, [tarball.buffer as ArrayBuffer]);
}
