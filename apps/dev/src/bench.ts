import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { pathWithTools } from './command.ts';
import { inRepository, repositoryRoot, SOURCE_FLAGS } from './repository.ts';

const available = readdirSync(inRepository('bench'))
  .filter((file) => /^[a-z-]+\.ts$/.test(file))
  .map((file) => file.slice(0, -'.ts'.length));

function runBenchmark(name: string, options: readonly string[]): Promise<number> {
  process.stdout.write(`\n# ${name}\n\n`);
  const script = inRepository('bench', `${name}.ts`);
  const child = spawn(process.execPath, ['--expose-gc', ...SOURCE_FLAGS, script, ...options], {
    cwd: repositoryRoot,
    env: { ...process.env, ...pathWithTools() },
    stdio: 'inherit',
  });
  return new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
}

// Files and options are handed on to the benchmarks: `npm run bench -- engine workflow.json`.
const isOption = (word: string) => word.startsWith('-') || word.endsWith('.json') || word.includes('/');
const words = process.argv.slice(2);
const options = words.filter(isOption);
const wanted = words.filter((word) => !isOption(word));
const unknown = wanted.filter((name) => !available.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`There is no benchmark ${unknown.join(', ')}. There are: ${available.join(', ')}.\n`);
  process.exit(2);
}
let failed = 0;
for (const name of wanted.length === 0 ? available : wanted) if ((await runBenchmark(name, options)) !== 0) failed += 1;
process.exit(failed === 0 ? 0 : 1);
