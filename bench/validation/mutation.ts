import type { PipelineDefinition } from '@ia-modules/engine';
import type { Json } from '@ia-modules/plugin-sdk';
import { type Path, withAppended, without, withValue } from './document.ts';

/** One way to spoil a pipeline, or, among the harmless ones, to write it differently. */
export type Mutation = {
  /** A document, or a text when only a text can be wrong in this way. */
  readonly make: () => Json;
  readonly format?: 'json' | 'jsonc';
  /** Where the finding belongs: any of these places is right. */
  readonly places: readonly Path[];
};

/** A pipeline without errors that operators work on. `document` and `definition` are the same value. */
export type Subject = {
  readonly name: string;
  /** Where its file is: other pipelines may be named from there. */
  readonly folder: string;
  readonly document: Json;
  readonly definition: PipelineDefinition;
};

/** A kind of mistake: gives all mutations of it that a pipeline has room for. */
export type Operator = {
  /** What was done, in kebab-case: `dangling-to`. */
  readonly name: string;
  /** The least that must be reported. @default 'error' */
  readonly severity?: 'error' | 'warning';
  readonly mutate: (subject: Subject) => readonly Mutation[];
};

/** A change that must bring no new error and no new warning. */
export type NeutralOperator = {
  readonly name: string;
  readonly mutate: (subject: Subject) => readonly Omit<Mutation, 'places'>[];
};

/** Puts a value somewhere; the finding belongs there, or at one of the other places. */
export const replace = (
  { document }: Subject,
  { path, value, or = [] }: { readonly path: Path; readonly value: Json; readonly or?: readonly Path[] },
): Mutation => ({ make: () => withValue(document, path, value), places: [path, ...or] });

export const remove = ({ document }: Subject, path: Path, places: readonly Path[] = [path]): Mutation => ({
  make: () => without(document, path),
  places,
});

export const append = (
  { document }: Subject,
  { path, item, places }: { readonly path: Path; readonly item: Json; readonly places: readonly Path[] },
): Mutation => ({ make: () => withAppended(document, path, item), places });
