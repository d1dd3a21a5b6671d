import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { repositoryRoot } from '../src/repository.ts';
import { findBoundaryViolations } from '../src/verify/boundaries.ts';

const NOT_SOURCES = /\/(node_modules|\.next|dist|\.data|generated|gql)(\/|$)/;

let copy: string;

beforeAll(() => {
  copy = mkdtempSync(path.join(os.tmpdir(), 'ia-boundaries-'));
  for (const folder of ['apps', 'libs', 'plugins']) {
    cpSync(path.join(repositoryRoot, folder), path.join(copy, folder), {
      recursive: true,
      filter: (source) => !NOT_SOURCES.test(source),
    });
  }
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** Puts a file into the copy, checks, and takes it out again. */
function violationsWith(file: string, text: string): string[] {
  const target = path.join(copy, file);
  writeFileSync(target, text);
  try {
    return findBoundaryViolations(copy).filter((violation) => violation.includes(file));
  } finally {
    rmSync(target);
  }
}

test('the repository keeps to its boundaries', () => {
  expect(findBoundaryViolations(repositoryRoot)).toEqual([]);
});

test.each([
  ['an import that points up', `import '@ia-modules/database';`, 'may not import @ia-modules/database'],
  ['an import of types that points up', `import type { A } from '@ia-modules/api/testing';`, 'may not import'],
  ['a dynamic import that points up', `await import('@ia-modules/database');`, 'may not import @ia-modules/database'],
  ['a re-export that points up', `export { a } from '@ia-modules/database';\nconst b = 1;`, 'may not import'],
  ['a deep import', `import '@ia-modules/plugin-sdk/src/errors.ts';`, 'is a deep import'],
  ["an import of the package's own root", `import '@ia-modules/engine';`, 'imports its own root'],
  ['a path into another package', `import '../../plugin-sdk/src/errors.ts';`, 'leaves the package'],
  ['I/O in the engine', `import { readFile } from 'node:fs/promises';`, 'the engine does no I/O'],
  ['a library of another layer', `import pg from 'pg';`, 'the engine does no I/O'],
  ['a barrel', `export * from './json.ts';\nexport * from './index.ts';`, 'is a barrel'],
])('%s in the engine is found', (_, text, message) => {
  expect(violationsWith('libs/engine/src/planted.ts', text).join('\n')).toContain(message);
});

test('a cycle of imports is found, types included', () => {
  const first = path.join(copy, 'libs/engine/src/first.ts');
  writeFileSync(first, `import type { B } from './second.ts';\nexport type A = B;\n`);
  try {
    const cycle = violationsWith(
      'libs/engine/src/second.ts',
      `import type { A } from './first.ts';\nexport type B = A;\n`,
    );
    expect(cycle.join('\n')).toContain('import cycle: libs/engine/src/first.ts → libs/engine/src/second.ts');
  } finally {
    rmSync(first);
  }
});

test('a folder without sources is an error, not a pass', () => {
  const empty = mkdtempSync(path.join(os.tmpdir(), 'ia-empty-'));
  try {
    expect(() => findBoundaryViolations(empty)).toThrow('no source files');
  } finally {
    rmSync(empty, { recursive: true });
  }
});
