import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inRepository } from '../repository.ts';
import { bundle } from './bundle.ts';
import { publicPackageJson, readPackageJson, writePackageJson } from './package-json.ts';

const SOURCE = inRepository('apps/cli');
/** The bundler without a binary of each machine. */
const BUNDLER = 'esbuild-wasm';
const PROGRAMS = ['ia-modules', 'ia-plugin'] as const;

/** Writes the command lines as a package that needs the SDK and nothing else. */
export async function stageCommandLine(folder: string): Promise<void> {
  const dist = path.join(folder, 'dist');
  await bundle({
    entries: {
      'ia-modules': path.join(SOURCE, 'src/main.ts'),
      'ia-plugin': path.join(SOURCE, 'src/plugin/main.ts'),
      lifeline: path.join(SOURCE, 'src/supervision/lifeline.ts'),
    },
    outdir: dist,
    beside: { esbuild: `../vendor/${BUNDLER}/lib/main.js` },
  });
  // The other side of the sandbox runs in Deno, and is looked for beside the folder of the program.
  await bundle({
    entries: { guest: inRepository('libs/plugin-host/src/guest/guest.ts') },
    outdir: path.join(folder, 'guest'),
    platform: 'neutral',
    external: ['node:*'],
  });
  writePrograms(folder);
  cpSync(inRepository('LICENSE'), path.join(folder, 'LICENSE'));
  writeFileSync(path.join(folder, 'README.md'), README);
  // No bundled dependency: npm would ask the registry for its signature.
  cpSync(inRepository('node_modules', BUNDLER), path.join(folder, 'vendor', BUNDLER), { recursive: true });
  writePackageJson(folder, {
    ...publicPackageJson(readPackageJson(SOURCE)),
    bin: Object.fromEntries(PROGRAMS.map((program) => [program, `bin/${program}.mjs`])),
    files: ['bin', 'dist', 'guest', 'vendor'],
    dependencies: { '@ia-modules/plugin-sdk': readPackageJson(inRepository('libs/plugin-sdk')).version },
  });
}

function writePrograms(folder: string): void {
  mkdirSync(path.join(folder, 'bin'), { recursive: true });
  for (const program of PROGRAMS) {
    const file = path.join(folder, 'bin', `${program}.mjs`);
    writeFileSync(file, `#!/usr/bin/env node\nawait import('../dist/${program}.js');\n`);
    chmodSync(file, 0o755);
  }
}

const README = `# Command lines of IA Modules

\`ia-modules\` runs, validates, draws and benchmarks pipelines. \`ia-plugin\` makes, builds, validates, tests, publishes and installs plugins.

\`\`\`sh
npm install --save-dev @ia-modules/cli @ia-modules/plugin-sdk
npx ia-plugin init greetings --name @community/greetings
npx ia-plugin build greetings
\`\`\`

It needs Node 22 or newer. Running plugins on this machine, as \`ia-plugin test\` does, needs the npm package \`deno\` beside it; checking
types needs \`typescript\`. Everything else is in here.
`;
