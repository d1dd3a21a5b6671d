import { isBuiltin } from 'node:module';
import type { Finding } from '../finding.ts';
import { factsOf } from './source-facts.ts';

/** Modules of Node that the sandbox has, and that reach nothing. */
const HARMLESS: ReadonlySet<string> = new Set([
  'assert',
  'async_hooks',
  'buffer',
  'constants',
  'crypto',
  'diagnostics_channel',
  'events',
  'path',
  'perf_hooks',
  'process',
  'punycode',
  'querystring',
  'stream',
  'string_decoder',
  'timers',
  'url',
  'util',
  'zlib',
]);

/** What a bundled module still imports: nothing but what the sandbox has. */
export const checkBundle = (entry: string, code: string): readonly Finding[] =>
  factsOf(entry, code)
    .filter(({ kind }) => kind === 'import')
    .filter(({ value }) => !HARMLESS.has(value.replace(/^node:/, '').split('/', 1)[0] ?? ''))
    .map(({ value, line, column }): Finding => {
      const place = { file: entry, line, column };
      return isBuiltin(value)
        ? {
            severity: 'warning',
            rule: 'module-refused',
            ...place,
            message: `imports ${value}, which the sandbox lets do nothing`,
            hint: 'Use ctx.fetch and what comes as input; leave out the dependency that imports it.',
          }
        : {
            severity: 'error',
            rule: 'module-missing',
            ...place,
            message: `imports ${value}, which is not in the bundle`,
            hint: 'Import it by a literal name, so that it can be bundled.',
          };
    });
