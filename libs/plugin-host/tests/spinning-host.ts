import { readFileSync } from 'node:fs';
import { createSandboxPool, type InstalledPlugin, type SandboxLevel } from '../src/index.ts';

/** A host of its own process, which tells its guests' process ids as soon as the plugin logs its first line. */
type Options = { readonly plugin: InstalledPlugin; readonly level: SandboxLevel; readonly uid?: number };

const { plugin, level, uid } = JSON.parse(process.argv[2] ?? '') as Options;
if (uid !== undefined) {
  process.setgroups?.([]);
  process.setgid?.(uid);
  process.setuid?.(uid);
}

const descendantsOf = (pid: number): readonly number[] => {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);
  return [...children, ...children.flatMap(descendantsOf)];
};

const pool = await createSandboxPool({ level });
await pool.call({
  tenantId: 'tenant-a',
  plugin,
  grant: { net: [], secrets: [], blobs: false },
  kind: 'step',
  name: 'go',
  task: { runId: 'run-1', stepId: 'go', attempt: 1 },
  input: null,
  idempotencyKey: 'key',
  onLog: () => process.send?.(descendantsOf(process.pid)),
});
