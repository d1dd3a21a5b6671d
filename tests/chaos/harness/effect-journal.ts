import {
  closeSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** One effect that a worker performed outside of the platform. */
export type PerformedEffect = Readonly<{ idempotencyKey: string; runId: string; taskKey: string; worker: number }>;

/** The world outside: what was really done, whatever the runtime says of it. */
export type EffectJournal = {
  readonly file: string;
  read(): readonly PerformedEffect[];
  /** Grows with each effect. */
  sizeBytes(): number;
  remove(): void;
};

export const createEffectJournal = (): EffectJournal => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ia-chaos-'));
  const file = path.join(folder, 'effects');
  writeFileSync(file, '');
  return {
    file,
    // A line that a killed worker left unfinished is an effect that did not happen.
    read: () => readFileSync(file, 'utf8').split('\n').slice(0, -1).map(parseLine),
    sizeBytes: () => statSync(file).size,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
};

export type JournalWriter = { write(effect: PerformedEffect): void; close(): void };

/** Each effect is on the disk before the attempt that performed it settles. */
export const openJournal = (file: string): JournalWriter => {
  const descriptor = openSync(file, 'a');
  return {
    write: (effect) => {
      writeSync(descriptor, `${JSON.stringify(effect)}\n`);
      fdatasyncSync(descriptor);
    },
    close: () => closeSync(descriptor),
  };
};

const parseLine = (line: string): PerformedEffect => JSON.parse(line) as PerformedEffect;
