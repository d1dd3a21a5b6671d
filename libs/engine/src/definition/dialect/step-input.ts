import type { Path } from '../diagnostic.ts';
import { isRecord, type JsonRecord } from './record.ts';
import type { RewriteLog } from './rewrite-log.ts';

/** Makes `with` of a step's `config` and `inputs`. Undefined when a part of them can't be read. */
export const rewriteInput = (step: JsonRecord, path: Path, log: RewriteLog): JsonRecord | undefined => {
  const { config = {}, inputs, with: written = {} } = step;
  for (const [key, value] of Object.entries({ config, with: written })) {
    if (isRecord(value)) continue;
    log.leftover([...path, key], `'${key}' of a step is an object.`, { covers: path });
    return undefined;
  }
  const read = readInputs(inputs, [...path, 'inputs'], log);
  if (read === undefined) return undefined;
  const input = new Map(Object.entries(written as JsonRecord));
  if (isRecord(config)) log.place([...path, 'with'], [...path, step['config'] === undefined ? 'inputs' : 'config']);
  for (const [key, value] of Object.entries(config as JsonRecord)) {
    if (key === 'error_handling') continue;
    input.set(key, value);
    log.place([...path, 'with', key], [...path, 'config', key]);
  }
  for (const { name, value, source } of read) {
    if (input.has(name))
      log.lost([...path, 'config', name], `The step is given '${name}' twice; the one of 'inputs' stays.`);
    input.set(name, value);
    log.place([...path, 'with', name], source);
  }
  report(step, path, log);
  return input.size > 0 ? { with: Object.fromEntries(input) } : {};
};

const report = (step: JsonRecord, path: Path, log: RewriteLog): void => {
  if (step['config'] !== undefined) log.rewritten([...path, 'config'], "'config' is part of 'with'.");
  if (step['inputs'] !== undefined) log.rewritten([...path, 'inputs'], "'inputs' are part of 'with'.");
};

type Input = { readonly name: string; readonly value: unknown; readonly source: Path };

const readInputs = (inputs: unknown, path: Path, log: RewriteLog): Input[] | undefined => {
  if (inputs === undefined || inputs === null) return [];
  if (isRecord(inputs))
    return Object.entries(inputs).map(([name, value]) => ({ name, value, source: [...path, name] }));
  if (!Array.isArray(inputs)) {
    log.leftover(path, 'The inputs of a step are an object, or a list of names with their sources.', {
      covers: path.slice(0, -1),
    });
    return undefined;
  }
  const read = inputs.map((input: unknown, index) => readInput(input, [...path, index]));
  const unread = read.indexOf(undefined);
  if (unread !== -1) {
    log.leftover([...path, unread], 'An input needs a name and a source.', { covers: path.slice(0, -1) });
    return undefined;
  }
  return read.filter((input) => input !== undefined);
};

const readInput = (input: unknown, path: Path): Input | undefined => {
  if (!isRecord(input) || typeof input['name'] !== 'string') return undefined;
  const key = ['source', 'value', 'default'].find((name) => input[name] !== undefined);
  return key === undefined ? undefined : { name: input['name'], value: input[key], source: [...path, key] };
};
