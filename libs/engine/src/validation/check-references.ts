import type { Path } from '../definition/diagnostic.ts';
import { didYouMean } from '../definition/suggest.ts';
import { findAncestry, type Ancestry } from '../graph/ancestry.ts';
import type { Reading } from './expression-place.ts';
import type { PipelineCheck } from './pipeline-check.ts';

const STEP_FIELDS: readonly string[] = ['output', 'status', 'error', 'attempts'];
const ITEM_ROOTS: readonly string[] = ['item', 'index', 'item_path', 'index_path'];

/** Checks that what expressions read exists where they stand. Gives those in which everything does. */
export const checkReferences = (check: PipelineCheck, readings: readonly Reading[]): readonly Reading[] => {
  const visits: StepVisit[] = [];
  const sound: Reading[] = [];
  for (const reading of readings) {
    checkRoots(check, reading);
    const { steps, isSound } = readSteps(check, reading);
    for (const step of steps) visits.push({ reading, step });
    if (isSound) sound.push(reading);
  }
  const blind = checkVisibility(check, visits);
  return sound.filter((reading) => !blind.has(reading));
};

const checkRoots = ({ diagnostics }: PipelineCheck, { expression, path, place }: Reading): void => {
  const { roots, hasDynamicStep } = expression.references;
  for (const root of place.hasItem ? [] : ITEM_ROOTS) {
    if (!roots.has(root)) continue;
    diagnostics.add({
      code: 'IA_PIPELINE_REFERENCE',
      path,
      message: `There is no '${root}' here: only what a step with for_each does for each item can read it.`,
      hint: 'Give the step a for_each, or read steps.<id>.output.',
    });
  }
  if (!hasDynamicStep) return;
  diagnostics.add({
    code: 'IA_PIPELINE_REFERENCE',
    path,
    message: "'steps' needs the id of a step that is known beforehand.",
    hint: 'Write steps.<id> or steps["<id>"].',
  });
};

/** The steps that an expression reads and that exist. */
const readSteps = (
  check: PipelineCheck,
  { expression, path }: Reading,
): { readonly steps: ReadonlySet<number>; readonly isSound: boolean } => {
  const found = new Set<number>();
  let isSound = true;
  for (const { stepId, field } of expression.references.steps) {
    const index = check.graph.indexOf.get(stepId);
    if (index === undefined) {
      isSound = false;
      check.diagnostics.add({
        code: 'IA_PIPELINE_REFERENCE',
        path,
        message: `The expression reads step '${stepId}', which does not exist.`,
        hint: () => didYouMean(stepId, check.graph.indexOf.keys()),
      });
    } else if (field !== null && !STEP_FIELDS.includes(field)) {
      isSound = false;
      reportUnknownField(check, { stepId, field, path });
    } else {
      found.add(index);
    }
  }
  return { steps: found, isSound };
};

type FieldProblem = { readonly stepId: string; readonly field: string; readonly path: Path };

const reportUnknownField = ({ diagnostics }: PipelineCheck, { stepId, field, path }: FieldProblem): void =>
  diagnostics.add({
    code: 'IA_PIPELINE_REFERENCE',
    path,
    message: `A step has no '${field}'.`,
    hint:
      didYouMean(field, STEP_FIELDS) ??
      `Its result is in steps.${stepId}.output: write steps.${stepId}.output.${field}.`,
  });

type StepVisit = { readonly reading: Reading; readonly step: number };

/** Asks for all at once which step comes before which: one by one, a long pipeline would take very long. */
const checkVisibility = (check: PipelineCheck, visits: readonly StepVisit[]): ReadonlySet<Reading> => {
  const queries: { step: number; of: number }[] = [];
  const asked: number[] = [];
  for (const [place, { reading, step }] of visits.entries()) {
    const { step: from, own } = reading.place;
    if (from === null || (from === step && own !== 'hidden')) continue;
    queries.push({ step: from, of: step });
    asked.push(place);
  }
  const answers: Ancestry[] = visits.map(() => 'before');
  for (const [place, answer] of findAncestry(check.graph, queries).entries()) answers[asked[place] ?? 0] = answer;
  const invisible = visits.filter((_, place) => answers[place] === 'never');
  for (const visit of invisible) reportInvisible(check, visit);
  const risky = visits.filter((visit, place) => answers[place] === 'before' && mayBeMissing(check, visit));
  warnUncertain(check, risky);
  for (const [place, visit] of visits.entries()) {
    if (answers[place] === 'loop' && mayBeMissing(check, visit)) warnMissing(check, visit, LATER_ITERATION);
  }
  return new Set(invisible.map(({ reading }) => reading));
};

const reportInvisible = ({ diagnostics, graph }: PipelineCheck, { reading, step }: StepVisit): void => {
  const id = graph.steps[step]?.id;
  const isOwn = reading.place.step === step;
  diagnostics.add({
    code: 'IA_PIPELINE_REFERENCE',
    path: reading.path,
    message: isOwn
      ? `Step '${id}' has no result yet when this is evaluated.`
      : `Step '${id}' has not run when this is evaluated: no transition leads from it to '${graph.steps[reading.place.step ?? 0]?.id}'.`,
    hint: 'Refer to a step that comes before, or lead a transition from it.',
  });
};

/** Whether a reading takes an output for granted that its step may not have. */
const mayBeMissing = ({ graph }: PipelineCheck, { reading: { expression, place }, step }: StepVisit): boolean => {
  if (!place.warnsMissing || (place.step === step && place.own === 'there')) return false;
  const id = graph.steps[step]?.id;
  const own = expression.references.steps.filter(({ stepId }) => stepId === id);
  return own.some(({ field }) => field === 'output') && !own.some(({ isGuard }) => isGuard);
};

/** An output that is read although its step may have been skipped ends the run with an error: say so beforehand. */
const warnUncertain = (check: PipelineCheck, visits: readonly StepVisit[]): void => {
  if (visits.length === 0) return;
  const certain = check.findCertain();
  const before = visits.flatMap(({ reading, step }) =>
    reading.place.step === null ? [] : [{ step: reading.place.step, of: step }],
  );
  const answers = certain.before(before);
  let place = 0;
  for (const visit of visits) {
    const isAtEnd = visit.reading.place.step === null;
    const isThere = isAtEnd ? certain.isThereAtEnd(visit.step) : (answers?.[place] ?? true);
    if (!isAtEnd) place += 1;
    if (!isThere) warnMissing(check, visit, OTHER_PATHS);
  }
};

const OTHER_PATHS = 'does not run on every path that leads here: its output may be missing, which is an error';
const LATER_ITERATION =
  'comes before this only in a later iteration of a loop: in the first one its output is missing, which is an error';

const warnMissing = ({ diagnostics, graph }: PipelineCheck, { reading, step }: StepVisit, reason: string): void => {
  const id = graph.steps[step]?.id ?? '';
  diagnostics.add({
    code: 'IA_PIPELINE_MAYBE_MISSING',
    severity: 'warning',
    path: reading.path,
    message: `Step '${id}' ${reason}.`,
    hint: `Guard it: has(steps.${id}.output) ? … : ….`,
  });
};
