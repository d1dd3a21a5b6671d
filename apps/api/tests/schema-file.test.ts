import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const PRINT_SCHEMA = fileURLToPath(new URL('../src/print-schema.ts', import.meta.url));

it('schema.graphql is what the server serves', async () => {
  const check = promisify(execFile)(process.execPath, ['--conditions=ia-src', PRINT_SCHEMA, '--check']);
  await expect(check).resolves.toMatchObject({ stderr: '' });
});
