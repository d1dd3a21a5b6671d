import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** A mount of its own, which needs no rights outside of it. */
const inOwnMounts = ['--user', '--map-root-user', '--mount'];
const MOUNT_AND_RUN = 'mount -t tmpfs -o size=1m tmpfs "$1" && exec "$2" --conditions=ia-src "$3" "$1"';

const canMount = (): boolean => {
  try {
    execFileSync('unshare', [...inOwnMounts, 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

test.skipIf(!canMount())('a full disk says so, keeps nothing unfinished, and takes what fits', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'full-'));
  const program = fileURLToPath(new URL('fill-folder-main.ts', import.meta.url));
  const args = [...inOwnMounts, 'sh', '-c', MOUNT_AND_RUN, 'sh', folder, process.execPath, program];
  const { stdout } = await promisify(execFile)('unshare', args);
  await rm(folder, { recursive: true });
  expect(JSON.parse(stdout)).toEqual({
    refusal: { code: 'IA_BLOB_NO_SPACE', disposition: 'retry', hint: expect.stringContaining('Make room') },
    left: null,
    sizes: { kept: 262_144, next: 262_144 },
  });
});
