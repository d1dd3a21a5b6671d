import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { InspectionOrder, InspectionResult } from './inspection-thread.ts';
import type { TarballLimits } from '../limits.ts';
import { type Checked, type Problem, accepted, refused } from '../problem.ts';
import type { PackageContents } from './tarball.ts';

/** A tarball that holds what a package may, and nothing that looks like a secret. */
export type Inspected = Readonly<{ contents: PackageContents; tarball: Buffer; problems: readonly Problem[] }>;

const TIMEOUT_MS = 60_000;
const HEAP_MB = 256;
const isSource = import.meta.filename.endsWith('.ts');
const thread = new URL(`./inspection-thread.${isSource ? 'ts' : 'js'}`, import.meta.url);

/** A thread that has loaded its rules is kept for the next tarball. */
const idle: Worker[] = [];
const MAX_IDLE = 1;

function startThread(): Worker {
  return new Worker(thread, {
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    ...(isSource ? { execArgv: ['--conditions=ia-src', '--disable-warning=ExperimentalWarning'] } : {}),
  });
}

/**
 * Unpacks and looks through a tarball in a thread of its own, with a bound on time and memory: reads go on meanwhile. The given
 * bytes are gone afterwards; they come back as `tarball`.
 */
export async function inspect(tarball: Uint8Array, limits: TarballLimits): Promise<Checked<Inspected>> {
  // Bytes that share their memory with others can't move to another thread.
  const own = tarball.byteLength * 2 < tarball.buffer.byteLength ? new Uint8Array(tarball) : tarball;
  const order: InspectionOrder = { tarball: own, limits };
  const worker = idle.pop() ?? startThread();
  worker.ref();
  worker.postMessage(order, [own.buffer as ArrayBuffer]);
  try {
    const [result] = (await once(worker, 'message', { signal: AbortSignal.timeout(TIMEOUT_MS) })) as [InspectionResult];
    worker.unref();
    if (idle.length < MAX_IDLE) idle.push(worker);
    else await worker.terminate();
    return inspected(result);
  } catch (error) {
    await worker.terminate();
    if (!isOutOfBounds(error)) throw error;
    return refused({
      code: 'IA_REGISTRY_TARBALL',
      message: 'Looking through the tarball took more time or memory than it may.',
      hint: 'Publish smaller files.',
    });
  }
}

function inspected({ contents, secrets, tarball }: InspectionResult): Checked<Inspected> {
  if (!contents.ok) return contents;
  const problems = secrets.map(({ file, line, kind }) => ({
    code: 'IA_REGISTRY_SECRET' as const,
    message: `${file}, line ${line}: looks like a secret (${kind}).`,
    hint: 'Take it out and revoke it. Is it none? Put the comment "secretlint-disable-next-line" above it.',
  }));
  const bytes = Buffer.from(tarball.buffer, tarball.byteOffset, tarball.byteLength);
  return accepted({ contents: contents.value, tarball: bytes, problems });
}

function isOutOfBounds(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === 'AbortError' || ('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY');
}
