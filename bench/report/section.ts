import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { replaceSection } from '@ia-modules/benchmark';

const REPORT = path.resolve(import.meta.dirname, '../../docs/benchmarks.md');

/** What the figures were taken on, and when. */
export const describeMachine = (): string =>
  `${os.cpus()[0]?.model ?? 'CPU'}, ${os.cpus().length} cores, ${Math.round(os.totalmem() / 2 ** 30)} GB, ` +
  `Node ${process.versions.node}; ${new Date().toISOString().slice(0, 10)}.`;

/** Puts a benchmark's own section into docs/benchmarks.md. */
export const writeSection = (name: string, text: string): void => {
  const document = existsSync(REPORT) ? readFileSync(REPORT, 'utf8') : '# Benchmarks\n';
  writeFileSync(REPORT, replaceSection(document, name, text));
};
