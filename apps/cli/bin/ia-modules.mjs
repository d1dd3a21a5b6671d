#!/usr/bin/env node
// Runs the sources in a checkout and the compiled files in a release. Plain JavaScript without new syntax, so that an old Node gets to the message.
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';

const MINIMUM_MAJOR = 24;
const major = Number(process.versions.node.split('.')[0]);

if (major < MINIMUM_MAJOR) {
  process.stderr.write(
    `ia-modules needs Node ${MINIMUM_MAJOR} or newer, and this is ${process.version}.\n` +
      'In a checkout, run it as `npx ia-modules …`: npm brings the right Node along.\n',
  );
  process.exitCode = 2;
} else {
  const source = new URL('../src/main.ts', import.meta.url);
  if (existsSync(source)) {
    nodeModule.registerHooks({
      resolve: (specifier, context, next) =>
        next(specifier, { ...context, conditions: ['ia-src', ...(context.conditions ?? [])] }),
    });
  }
  const { main } = await import(existsSync(source) ? source.href : new URL('../dist/main.js', import.meta.url).href);
  await main(process.argv);
}
