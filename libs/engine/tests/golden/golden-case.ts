import { readdirSync, readFileSync } from 'node:fs';
import type { Json, JsonObject, Status } from '@ia-modules/engine';
import type { RunCommand } from '../../src/ports/durable-context.ts';
import type { DebugSetup } from '../../src/run/events.ts';

/** What an attempt comes to. */
export type Outcome =
  | 'hang'
  | { readonly output: Json; readonly costUsd?: number }
  /** `begins` when it told that its work begins before. */
  | { readonly error: ThrownError; readonly costUsd?: number; readonly begins?: boolean };
export type ThrownError = {
  readonly name: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly details?: JsonObject;
};

/** A command that is sent when an event is recorded: the nth one that `after` describes, counted from 1. */
export type ScriptedCommand = { readonly after: string; readonly nth?: number; readonly send: RunCommand };

export type ExpectedStep = {
  readonly status: Status;
  readonly output?: Json;
  /** Its code. */
  readonly error?: string;
  readonly attempts?: number;
  readonly iterations?: number;
};

/** An event by its label, or with a part of its data. */
export type ExpectedEvent = string | { readonly event: string; readonly data: JsonObject };

export type Expectation = {
  readonly status: Status;
  readonly outputs?: JsonObject;
  readonly error?: string;
  readonly waiting?: readonly JsonObject[];
  readonly steps: Readonly<Record<string, Status | ExpectedStep>>;
  /** They happen in this order; others may lie between. */
  readonly events?: readonly ExpectedEvent[];
  readonly compensations?: readonly JsonObject[];
};

/** One ruling of the language as a pipeline: what the world answers, and what has to come of it. */
export type GoldenCase = {
  readonly ruling: string;
  readonly definition: JsonObject;
  /** Sub-pipelines by name. */
  readonly pipelines?: Readonly<Record<string, JsonObject>>;
  readonly parameters: JsonObject;
  readonly trigger?: JsonObject;
  readonly debug?: DebugSetup;
  /** By `stepId` or `stepId#iteration/index`, then `:part` for what is not the step's own work; a list by attempt. */
  readonly tasks: Readonly<Record<string, readonly Outcome[]>>;
  readonly commands?: readonly ScriptedCommand[];
  readonly expect: Expectation;
};

export const GOLDEN_FOLDER = new URL('../../golden/', import.meta.url);

export const goldenNames = (): string[] =>
  readdirSync(GOLDEN_FOLDER)
    .filter((file) => file.endsWith('.case.json'))
    .map((file) => file.replace('.case.json', ''));

export const readGoldenCase = (name: string): GoldenCase =>
  JSON.parse(readFileSync(new URL(`${name}.case.json`, GOLDEN_FOLDER), 'utf8')) as GoldenCase;
