import type { Path } from '../diagnostic.ts';
import { isHumanStep, rewriteHumanStep } from './approvals.ts';
import { readErrorHandling, toDuration } from './error-handling.ts';
import { isRecord, shorten, textOf, type JsonRecord } from './record.ts';
import type { Names } from './reference.ts';
import { RewriteLog } from './rewrite-log.ts';
import { rewriteInput } from './step-input.ts';
import { rewriteTemplates } from './templates.ts';

const CLASS = /^[A-Za-z_]\w*$/;
const MODULE = /^\.*[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/;
const MODULE_FILE = /^(?:\.{1,2}\/)?[\w-]+(?:\/[\w-]+)*\.(?:py|ts|js|mts|mjs)$/;
/** Keys that only describe, or that say what holds without saying. */
const DROPPED: ReadonlySet<string> = new Set([
  'outputs',
  'tags',
  'metadata',
  'category',
  'author',
  'position',
  'parallel',
]);
const REWRITTEN: ReadonlySet<string> = new Set([
  'step_class',
  'class',
  'module',
  'type',
  'config',
  'inputs',
  'error_handling',
  'timeout',
  'timeout_seconds',
  'routing',
]);
const ROUTERS: Readonly<Record<string, string>> = {
  first_match: 'first_match',
  exclusive: 'first_match',
  all_matches: 'all_matches',
  parallel: 'all_matches',
};

export type StepContext = {
  readonly names: Names;
  readonly log: RewriteLog;
  /** What the document says for steps that say nothing themselves. */
  readonly defaults: JsonRecord;
};

/** Whether a step is written in the older dialect. */
export const isOldStep = (step: unknown): step is JsonRecord =>
  isRecord(step) &&
  step['uses'] === undefined &&
  (typeof step['step_class'] === 'string' || (typeof step['class'] === 'string' && typeof step['module'] === 'string'));

/** Rewrites one step; a step with a part that can't be rewritten stays as it is. */
export const rewriteStep = (step: unknown, index: number, context: StepContext): unknown => {
  if (!isRecord(step)) return step;
  const path: Path = ['steps', index];
  const { log } = context;
  if (step['uses'] !== undefined) return rewriteTexts(step, path, context);
  const own = new RewriteLog();
  const rewritten = isHumanStep(step)
    ? rewriteHumanStep(step, path, own)
    : rewriteClassStep(step, path, { ...context, log: own });
  log.absorb(own, rewritten !== undefined);
  return rewritten === undefined ? step : rewriteTexts(rewritten, path, context);
};

const rewriteClassStep = (step: JsonRecord, path: Path, context: StepContext): JsonRecord | undefined => {
  const { log } = context;
  const uses = readUses(step, path, log);
  const input = uses === undefined ? undefined : rewriteInput(step, path, log);
  const settings = input === undefined ? undefined : readSettings(step, path, context);
  if (settings === undefined) return undefined;
  for (const [key, value] of Object.entries(step)) if (DROPPED.has(key)) log.dropped([...path, key], value);
  const kept = Object.entries(step).filter(([key]) => !DROPPED.has(key) && !REWRITTEN.has(key));
  return { ...settings, ...Object.fromEntries(kept), uses, ...input };
};

/** Templates stand in `with` and in nothing else of an old step; the place of each text in the source is known by then. */
const rewriteTexts = (step: JsonRecord, path: Path, { names, log }: StepContext): JsonRecord => {
  const { with: input } = step;
  if (!isRecord(input)) return step;
  const rewritten = Object.entries(input).map(([key, value]) => [
    key,
    rewriteTemplates(value, log.toSource([...path, 'with', key]), { names, log }),
  ]);
  return { ...step, with: Object.fromEntries(rewritten) };
};

/** `step_class` and `module` name an export of a file: `./steps/score.ts#ScoreStep`. */
const readUses = (step: JsonRecord, path: Path, log: RewriteLog): string | undefined => {
  const classKey = step['step_class'] === undefined ? 'class' : 'step_class';
  const { [classKey]: className, module, type, id } = step;
  if (typeof className !== 'string') {
    const kind = typeof type === 'string' ? ` of type '${shorten(type)}'` : '';
    log.leftover(path, `The step '${shorten(textOf(id))}'${kind} names no class to run.`, {
      hint: "Say what it runs with 'uses'; a step that only decides becomes conditions on transitions.",
    });
    return undefined;
  }
  const file = typeof module === 'string' ? toFile(module) : undefined;
  if (file === undefined || !CLASS.test(className)) {
    const culprit = file === undefined ? 'module' : classKey;
    log.leftover(
      [...path, culprit],
      `'${shorten(textOf(step[culprit]))}' is no ${culprit === 'module' ? 'module' : 'class'} that a file could have.`,
      {
        hint: 'Name a file and its export: "uses": "./steps/score.ts#ScoreStep".',
        covers: path,
      },
    );
    return undefined;
  }
  const uses = `${file}#${className}`;
  log.place([...path, 'uses'], [...path, classKey]);
  log.rewritten(
    [...path, classKey],
    `The step uses '${uses}'.`,
    'The class has to be written anew, in TypeScript or JavaScript.',
  );
  return uses;
};

const toFile = (module: string): string | undefined => {
  if (MODULE.test(module)) return `./${module.replace(/^\.+/, '').replaceAll('.', '/')}.ts`;
  if (!MODULE_FILE.test(module)) return undefined;
  const file = module.replace(/\.py$/, '.ts');
  return file.startsWith('.') ? file : `./${file}`;
};

/** What is said about a step apart from its input. Undefined when a part of it has no counterpart. */
const readSettings = (step: JsonRecord, path: Path, { log, defaults }: StepContext): JsonRecord | undefined => {
  const { type, timeout, timeout_seconds: timeoutSeconds = timeout, routing } = step;
  const settings: Record<string, unknown> = {};
  if (type !== undefined) log.rewritten([...path, 'type'], "'type' is left out: the class says what the step does.");
  if (timeoutSeconds !== undefined) {
    const key = step['timeout_seconds'] === undefined ? 'timeout' : 'timeout_seconds';
    settings['timeout'] = toDuration(timeoutSeconds) ?? timeoutSeconds;
    log.place([...path, 'timeout'], [...path, key]);
    if (settings['timeout'] !== timeout)
      log.rewritten([...path, key], `The timeout is written '${textOf(settings['timeout'])}'.`);
  }
  if (routing !== undefined) {
    const router = toRouter(routing);
    if (router === undefined) {
      log.leftover([...path, 'routing'], 'This routing has no counterpart.', {
        hint: `Known: ${Object.keys(ROUTERS).join(', ')}.`,
        covers: path,
      });
      return undefined;
    }
    settings['router'] = router;
    log.place([...path, 'router'], [...path, 'routing']);
    log.rewritten([...path, 'routing'], `The router is '${router}'.`);
  }
  const handling = readHandling(step, path, { log, defaults });
  return handling === undefined ? undefined : { ...handling, ...settings };
};

export const toRouter = (routing: unknown): string | undefined => {
  const mode = isRecord(routing) && Object.keys(routing).length === 1 ? routing['mode'] : routing;
  return typeof mode === 'string' && Object.hasOwn(ROUTERS, mode) ? ROUTERS[mode] : undefined;
};

const readHandling = (
  step: JsonRecord,
  path: Path,
  { log, defaults }: Pick<StepContext, 'log' | 'defaults'>,
): JsonRecord | undefined => {
  const inConfig = isRecord(step['config']) ? step['config']['error_handling'] : undefined;
  const written = step['error_handling'] ?? inConfig;
  if (written === undefined) {
    for (const key of Object.keys(defaults)) log.place([...path, key], ['error_handling']);
    return defaults;
  }
  const source: Path = [...path, ...(step['error_handling'] === undefined ? ['config'] : []), 'error_handling'];
  const handling = readErrorHandling(written, source, log);
  if (handling === undefined) return undefined;
  for (const key of Object.keys(handling)) log.place([...path, key], source);
  return handling;
};
