import path from 'node:path';
import process from 'node:process';
import type { Plugin } from 'vitest/config';
import { applyMutant, type Mutant, MUTANT_VARIABLE } from './mutant.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** Changes the source of the mutant's file as it is loaded; nothing on the disk changes. */
export const mutantPlugin = (): Plugin => {
  const mutant = JSON.parse(process.env[MUTANT_VARIABLE] ?? 'null') as Mutant | null;
  return {
    name: 'mutant',
    enforce: 'pre',
    transform: (source, id) =>
      mutant !== null && id.split('?', 1)[0] === path.join(root, mutant.file) ? applyMutant(source, mutant) : null,
  };
};
