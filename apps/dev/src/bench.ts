import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { pathWithTools } from './command.ts';
import { inRepository, repositoryRoot, SOURCE_FLAGS } from './repository.ts';

const available = readdirSync(inRepository('bench'))
  .filter((file) => /^[a-z-]+\.ts$/.test(file))
  .map((file) => file.slice(0, -'.ts'.length));

function runBenchmark(name: string): Promise<number> {
  process.stdout.write(`\n# ${name}\n\n`);
  const child = spawn(process.execPath, ['--expose-gc', ...SOURCE_FLAGS, inRepository('bench', `${name}.ts`)], {
    cwd: repositoryRoot,
    env: { ...process.env, ...pathWithTools() },
    stdio: 'inherit',
  });
  return new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !available.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`There is no benchmark ${unknown.join(', ')}. There are: ${available.join(', ')}.\n`);
  process.exit(2);
}
let failed = 0;
for (const name of wanted.length === 0 ? available : wanted) if ((await runBenchmark(name)) !== 0) failed += 1;
process.exit(failed === 0 ? 0 : 1);
