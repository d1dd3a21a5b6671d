import { type Cell, formatTable, type Summary } from '@ia-modules/benchmark';
import type { Load } from './load.ts';
import type { ParkedRuns } from './parked-runs.ts';
import type { StepStorage } from './storage.ts';
import { STEPS } from './subject.ts';
import { type TaskTimes, TASKS_IN_A_ROW } from './tasks.ts';

export type SubjectFigures = {
  readonly name: string;
  readonly method: string;
  /** Or why it could not be measured. */
  readonly result: readonly Load[] | Error;
};

export type Figures = {
  readonly storage: readonly StepStorage[];
  readonly subjects: readonly SubjectFigures[];
  readonly tasks: TaskTimes;
  readonly parked: ParkedRuns;
};

const NOT_MEASURED = Number.NaN;

const ms = (summary: Summary | undefined, field: 'median' | 'p95'): number => summary?.[field] ?? NOT_MEASURED;

/** Runs with ten no-op steps, subject by subject. */
const describeThroughput = (subjects: readonly SubjectFigures[]): string => {
  const rows = subjects.flatMap(({ name, result }): Cell[][] =>
    result instanceof Error
      ? []
      : result.map((load) => [
          name,
          load.atOnce,
          load.runsPerSecond,
          load.endMs.median,
          load.endMs.p95,
          ms(load.firstEventMs, 'median'),
          ms(load.firstEventMs, 'p95'),
        ]),
  );
  const header = [
    `${STEPS} no-op steps a run`,
    'at once',
    'runs/s',
    'p50 ms',
    'p95 ms',
    'first event p50 ms',
    'first event p95 ms',
  ];
  const methods = subjects.map(({ name, method, result }) =>
    result instanceof Error ? `- ${name}: not measured here: ${result.message}` : `- ${name}: ${method}.`,
  );
  return [
    formatTable(
      header,
      rows.toSorted((a, b) => Number(a[1]) - Number(b[1])),
    ),
    methods.join('\n'),
  ].join('\n\n');
};

const describeStorage = (storages: readonly StepStorage[]): string =>
  formatTable(
    ['bytes for a no-op step', 'runs', 'log with its index', 'all tables with their indexes', 'written ahead'],
    storages.map(({ atOnce, runs, log, allTables, writeAheadLog }) => [
      `${atOnce} at once`,
      runs,
      log,
      allTables,
      writeAheadLog,
    ]),
  );

const describeParkedRuns = (parked: ParkedRuns): string =>
  formatTable(
    [`${parked.runs} runs that wait for approval`, 'figure'],
    [
      ['worker RSS before, MB', parked.before.rssMb],
      ['worker RSS when all wait, MB', parked.after.rssMb],
      ['RSS growth, MB', parked.after.rssMb - parked.before.rssMb],
      ['worker RSS when all wait, before the sweep, MB', parked.after.unsweptMb],
      ['worker heap before, MB', parked.before.heapMb],
      ['worker heap when all wait, MB', parked.after.heapMb],
      ['until all wait, s', parked.parkSeconds],
      ['start of another worker process until it leads, s', parked.restartToLeadingSeconds],
      ['… until a run that was approved meanwhile has ended, s', parked.restartToAnswerSeconds],
      ['decision to the end of the run p50, ms', parked.answerMs.median],
      ['decision to the end of the run p95, ms', parked.answerMs.p95],
    ],
  );

const describeTasks = ({ inARowMs, mapItems, mapMs }: TaskTimes): string =>
  formatTable(
    ['tasks that have nothing to do', 'runs', 'p50 ms', 'p95 ms', 'p50 ms a task'],
    [
      [`${TASKS_IN_A_ROW} in a row`, inARowMs.count, inARowMs.median, inARowMs.p95, inARowMs.median / TASKS_IN_A_ROW],
      [`${mapItems} in a map`, mapMs.count, mapMs.median, mapMs.p95, mapMs.median / mapItems],
    ],
  );

export const describeFigures = ({ storage, subjects, tasks, parked }: Figures): string =>
  [
    `${STEPS} steps in a row that do nothing, one run at a time and many at once, each subject warm and alone on the same machine; ` +
      'who writes to PostgreSQL writes to the same server, with fsync and synchronous commits, its tables analyzed after the warm-up. Clients and workers are in one ' +
      'process. A step of the others is a function that returns at once, as our tasks are; `core.noop` is done by the engine itself.',
    describeThroughput(subjects),
    describeTasks(tasks),
    'What a step that does nothing adds to the database, its share of the row of its run included.',
    describeStorage(storage),
    'The worker is a process of its own; its memory is read twelve seconds after the burst, when its own sweep has given back what was left behind. The other ' +
      'worker starts when the first one has stopped.',
    describeParkedRuns(parked),
  ].join('\n\n');
