import type { Path } from '../definition/diagnostic.ts';
import { didYouMean } from '../definition/suggest.ts';
import { findAncestry, type Ancestry } from '../graph/ancestry.ts';
import type { Reading } from './expression-place.ts';
import type { PipelineCheck } from './pipeline-check.ts';

const STEP_FIELDS: readonly string[] = ['output', 'status', 'error', 'attempts'];
const ITEM_ROOTS: readonly string[] = ['item', 'index', 'item_path', 'index_path'];

/** Checks that what expressions read exists where they stand. */
export const checkReferences = (check: PipelineCheck, readings: readonly Reading[]): void => {
  const visits: StepVisit[] = [];
  for (const reading of readings) {
    checkRoots(check, reading);
    for (const step of readSteps(check, reading)) visits.push({ reading, step });
  }
  checkVisibility(check, visits);
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
const readSteps = (check: PipelineCheck, { expression, path }: Reading): number[] => {
  const found = new Set<number>();
  for (const { stepId, field } of expression.references.steps) {
    const index = check.graph.indexOf.get(stepId);
    if (index === undefined) {
      check.diagnostics.add({
        code: 'IA_PIPELINE_REFERENCE',
        path,
        message: `The expression reads step '${stepId}', which does not exist.`,
        hint: () => didYouMean(stepId, check.graph.indexOf.keys()),
      });
    } else if (field !== null && !STEP_FIELDS.includes(field)) {
      reportUnknownField(check, { stepId, field, path });
    } else {
      found.add(index);
    }
  }
  return [...found];
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
const checkVisibility = (check: PipelineCheck, visits: readonly StepVisit[]): void => {
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
  for (const [place, visit] of visits.entries()) {
    if (answers[place] === 'never') reportInvisible(check, visit);
    else if (answers[place] !== 'unknown') warnMissing(check, visit, answers[place] === 'loop');
  }
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

/** An output that is read although its step may have been skipped ends the run with an error: say so beforehand. */
const warnMissing = (check: PipelineCheck, { reading, step }: StepVisit, isFromLoop: boolean): void => {
  const { diagnostics, graph } = check;
  const { expression, path, place } = reading;
  if (!place.warnsMissing) return;
  const id = graph.steps[step]?.id ?? '';
  const own = expression.references.steps.filter(({ stepId }) => stepId === id);
  if (!own.some(({ field }) => field === 'output') || own.some(({ isGuard }) => isGuard)) return;
  if (place.step === step && place.own === 'there') return;
  if (!isFromLoop && isSurelyThere(check, reading, step)) return;
  diagnostics.add({
    code: 'IA_PIPELINE_MAYBE_MISSING',
    severity: 'warning',
    path,
    message: isFromLoop
      ? `Step '${id}' comes before this only in a later iteration of a loop: in the first one its output is missing, which is an error.`
      : `Step '${id}' does not run on every path that leads here: its output may be missing, which is an error.`,
    hint: `Guard it: has(steps.${id}.output) ? … : ….`,
  });
};

const isSurelyThere = ({ findCertain }: PipelineCheck, { place }: Reading, step: number): boolean => {
  const certain = findCertain();
  if (certain === undefined) return true;
  return place.step === null ? certain.isThereAtEnd(step) : certain.isThereBefore(place.step, step);
};
