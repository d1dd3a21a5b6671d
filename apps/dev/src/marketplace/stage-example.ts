import { cpSync } from 'node:fs';
import { mustRun } from '../npm-publish.ts';
import { inRepository, SOURCE_FLAGS } from '../repository.ts';

/** Copies a plugin of `examples/plugins` into a folder below the repository's node_modules, and builds it as its author does. */
export async function stageExample(name: string, folder: string, say: (line: string) => void): Promise<void> {
  const isSource = (file: string) => !/\/(node_modules|dist)$/.test(file);
  cpSync(inRepository('examples/plugins', name), folder, { recursive: true, filter: isSource });
  await mustRun([process.execPath, ...SOURCE_FLAGS, inRepository('apps/cli/bin/ia-plugin.mjs'), 'build', folder], {
    say,
  });
}
