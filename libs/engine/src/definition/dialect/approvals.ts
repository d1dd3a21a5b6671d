import type { Path } from '../diagnostic.ts';
import { toDuration } from './error-handling.ts';
import { isRecord, textOf, type JsonRecord } from './record.ts';
import type { RewriteLog } from './rewrite-log.ts';

const APPROVAL_TYPES: ReadonlySet<string> = new Set([
  'human_input',
  'human_approval',
  'human_review',
  'human',
  'hitl',
  'approval',
]);
const STEP_KEYS: ReadonlySet<string> = new Set([
  'type',
  'step_class',
  'class',
  'module',
  'config',
  'outputs',
  'timeout_seconds',
]);
const WIDGETS: Readonly<Record<string, JsonRecord>> = {
  text: { type: 'string' },
  textarea: { type: 'string' },
  radio: { type: 'string' },
  select: { type: 'string' },
  email: { type: 'string', format: 'email' },
  date: { type: 'string', format: 'date' },
  number: { type: 'number' },
  integer: { type: 'integer' },
  checkbox: { type: 'boolean' },
  boolean: { type: 'boolean' },
};

/** Whether a step only asks people: it has no code of its own. */
export const isHumanStep = (step: JsonRecord): boolean =>
  step['uses'] === undefined &&
  APPROVAL_TYPES.has(textOf(step['type'])) &&
  (step['step_class'] ?? step['class'] ?? 'HumanInputStep') === 'HumanInputStep';

/** Makes a `human.approval` of a step that only asks people. Undefined when a part of its configuration has no counterpart. */
export const rewriteHumanStep = (step: JsonRecord, source: Path, log: RewriteLog): JsonRecord | undefined => {
  const { config = {}, name } = step;
  if (!isRecord(config)) {
    log.leftover([...source, 'config'], 'The configuration of a step is an object.', { covers: source });
    return undefined;
  }
  const input: Record<string, unknown> = {};
  if (typeof name === 'string') input['title'] = name;
  input['on_reject'] = 'continue';
  for (const [key, value] of Object.entries({ ...config, ...timeoutOf(step) })) {
    const path = [...source, ...(Object.hasOwn(config, key) ? ['config'] : []), key];
    const read = readSetting(key, value);
    if (read === undefined) {
      log.leftover(path, `'${key}' of a step that asks people has no counterpart.`, { covers: source });
      return undefined;
    }
    if (Object.keys(read).length === 0)
      log.lost(path, `'${key}' is left out: the platform decides how people are told.`);
    for (const written of Object.keys(read)) log.place([...source, 'with', written], path);
    Object.assign(input, read);
  }
  log.place([...source, 'with'], [...source, 'config']);
  log.place([...source, 'uses'], [...source, 'type']);
  log.rewritten(
    source,
    'The step that asks people is human.approval.',
    'What they enter is under `values` of its output.',
  );
  const kept = Object.entries(step).filter(([key]) => !STEP_KEYS.has(key));
  return { ...Object.fromEntries(kept), uses: 'human.approval', with: input };
};

const timeoutOf = ({ timeout_seconds: timeoutSeconds }: JsonRecord): JsonRecord =>
  timeoutSeconds === undefined ? {} : { timeout_seconds: timeoutSeconds };

/** The keys of `with` that a setting becomes: none for what only says how people are told. */
const readSetting = (key: string, value: unknown): JsonRecord | undefined => {
  if (key === 'channels' || key === 'notification' || key === 'notifications') return {};
  if (key === 'title') return { title: value };
  if (key === 'prompt' || key === 'description' || key === 'message') return { description: value };
  if (key === 'assigned_users' || key === 'assignees') return { assignees: value };
  if (key === 'ui_schema') return readForm(value);
  if (key !== 'timeout_seconds' && key !== 'timeout') return undefined;
  const deadline = toDuration(value);
  return deadline === undefined ? undefined : { deadline };
};

const readForm = (schema: unknown): JsonRecord | undefined => {
  if (!isRecord(schema)) return undefined;
  const { title, description, fields, ...unread } = schema;
  if (Object.keys(unread).length > 0 || (fields !== undefined && !Array.isArray(fields))) return undefined;
  const properties: Record<string, JsonRecord> = {};
  const required: string[] = [];
  for (const field of (fields ?? []) as readonly unknown[]) {
    const property = isRecord(field) ? readField(field) : undefined;
    if (property === undefined || !isRecord(field)) return undefined;
    const name = textOf(field['name']);
    properties[name] = property;
    if (field['required'] === true) required.push(name);
  }
  return {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    form: { type: 'object', properties, ...(required.length > 0 ? { required } : {}) },
  };
};

const readField = ({ name, type = 'text', options, label, default: fallback }: JsonRecord): JsonRecord | undefined => {
  const widget = typeof type === 'string' && Object.hasOwn(WIDGETS, type) ? WIDGETS[type] : undefined;
  if (typeof name !== 'string' || name === '__proto__' || widget === undefined) return undefined;
  const choices = Array.isArray(options)
    ? options.map((option: unknown) => (isRecord(option) ? option['value'] : option))
    : undefined;
  return {
    ...widget,
    ...(typeof label === 'string' ? { title: label } : {}),
    ...(choices === undefined || choices.length === 0 ? {} : { enum: choices }),
    ...(fallback === undefined ? {} : { default: fallback }),
  };
};
