import { type Json, PlatformError } from '@ia-modules/plugin-sdk';
import type { SecretSlot, TaskRequest } from '../ports/durable-context.ts';
import type { TaskExecutor } from '../ports/task-executor.ts';
import { scrubAttempt } from './scrub-attempt.ts';

/** Gives a secret's value; undefined when it is not set. */
export type SecretLookup = (name: string) => string | undefined | Promise<string | undefined>;

/**
 * Puts the secrets that a step names into its input, and takes their values out of everything that comes back.
 * An attempt that names a secret which is not set fails with `IA_SECRET_UNKNOWN` for good.
 */
export const withSecrets = (executor: TaskExecutor, lookup: SecretLookup): TaskExecutor => ({
  execute: async (request, execution) => {
    if (request.secrets.length === 0) return executor.execute(request, execution);
    const values = await resolveSecrets(request, lookup);
    const input = request.secrets.reduce((filled, slot) => fillSlot(filled, slot, values), request.input);
    return scrubAttempt(values.values(), execution, (scrubbed) =>
      executor.execute({ ...request, input, secrets: [] }, scrubbed),
    );
  },
});

const resolveSecrets = async (
  { secrets, stepId }: TaskRequest,
  lookup: SecretLookup,
): Promise<ReadonlyMap<string, string>> => {
  const names = new Set(
    secrets.flatMap(({ parts }) => parts.flatMap((part) => (typeof part === 'string' ? [] : part.secret))),
  );
  const values = new Map<string, string>();
  for (const name of names) {
    const value = await lookup(name);
    if (value === undefined) throw unknownSecret(name, stepId);
    values.set(name, value);
  }
  return values;
};

const unknownSecret = (name: string, stepId: string): PlatformError =>
  new PlatformError({
    code: 'IA_SECRET_UNKNOWN',
    message: `${stepId === '' ? 'A hook' : `Step '${stepId}'`} reads the secret '${name}', which is not set.`,
    hint: `Set the secret '${name}' where the pipeline runs.`,
  });

const fillSlot = (input: Json, { path, parts }: SecretSlot, values: ReadonlyMap<string, string>): Json =>
  replaceAt(
    input,
    path,
    parts.map((part) => (typeof part === 'string' ? part : (values.get(part.secret) ?? ''))).join(''),
  );

/** A copy of the value with something else at the path. */
const replaceAt = (value: Json, [head, ...rest]: SecretSlot['path'], replacement: string): Json => {
  if (head === undefined) return replacement;
  if (isList(value)) return value.map((item, index) => (index === head ? replaceAt(item, rest, replacement) : item));
  if (typeof value !== 'object' || value === null) return value;
  const inner = value[head];
  return inner === undefined ? value : { ...value, [head]: replaceAt(inner, rest, replacement) };
};

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
