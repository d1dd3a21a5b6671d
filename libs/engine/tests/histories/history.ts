import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { EventDraft, PipelineDefinition, RunEvent, RunView } from '@ia-modules/engine';

/** A run as a release wrote it. Its first event holds what it was started with. */
export type History = {
  readonly name: string;
  readonly definition: PipelineDefinition;
  readonly runId: string;
  readonly seed: number;
  readonly events: readonly RunEvent[];
  /** Of the state that its events add up to, see `digestOf`. */
  readonly state: string;
  readonly view: RunView;
};

const FOLDER = new URL('../../histories/', import.meta.url);
const folderOf = (version: string): URL => new URL(`${version}/`, FOLDER);

/** The version that is being worked on, which will be the next release or was the last one. */
export const engineVersion = (): string => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
};

export const releases = (): string[] => readdirSync(FOLDER);

type StoredEvent = EventDraft & { readonly at: number };
type StoredHistory = Omit<History, 'name' | 'events'> & { readonly events: readonly StoredEvent[] };

export const readHistories = (version: string): History[] =>
  readdirSync(folderOf(version)).map((file) => {
    const stored = JSON.parse(readFileSync(new URL(file, folderOf(version)), 'utf8')) as StoredHistory;
    const { runId } = stored;
    const events = stored.events.map((event, index) => ({ ...event, runId, seq: index + 1 }));
    return { ...stored, name: file.replace('.json', ''), events };
  });

/**
 * Stores the histories of a release.
 * @throws when it has some already: what a release wrote does not change
 */
export const writeHistories = (version: string, histories: readonly History[]): void => {
  if (releases().includes(version)) {
    throw new Error(`Release ${version} has its histories: they are never recorded again. Raise the version first.`);
  }
  mkdirSync(folderOf(version));
  for (const history of histories) writeFileSync(new URL(`${history.name}.json`, folderOf(version)), print(history));
};

/** An event a line; a number that follows from its place, and the run that all have, are left out. */
const print = ({ name: _name, events, definition, view, ...rest }: History): string => {
  const lines = events.map(({ runId: _runId, seq: _seq, ...event }) => `    ${JSON.stringify(event)}`);
  const head = Object.entries({ ...rest, definition, view }).map(
    ([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`,
  );
  return `{\n${head.join('')}  "events": [\n${lines.join(',\n')}\n  ]\n}\n`;
};
