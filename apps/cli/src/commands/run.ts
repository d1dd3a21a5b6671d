import { dirname, resolve } from 'node:path';
import {
  runInMemory,
  validateParameters,
  type Diagnostic,
  type MemoryRun,
  type RunEvent,
  type StepView,
} from '@ia-modules/engine';
import { formatDiagnostics } from '../diagnostic-report.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { readInput } from '../input.ts';
import { readPipelineFile, type PipelineFile } from '../pipeline-file.ts';
import { createLocalExecutor } from '../steps/local-executor.ts';
import type { Terminal } from '../terminal.ts';
import type { CommandRegistration } from './registration.ts';

type RunOptions = { readonly input?: string; readonly json?: boolean };

export const addRunCommand = ({ program, terminal, finish }: CommandRegistration): void => {
  program
    .command('run')
    .description('Run a pipeline here, in memory. Steps: core.*, http.request and local modules (./steps/x.ts#Name).')
    .argument('<file>', 'the pipeline, .json or .jsonc')
    .option('-i, --input <input>', 'its parameters: JSON, a file, @file, or - for standard input')
    .option('--json', 'print one JSON document')
    .action(async (file: string, { input, json = false }: RunOptions) => {
      const pipeline = await readPipelineFile(file);
      const parameters = input === undefined ? {} : await readInput(input);
      if (pipeline.definition === undefined) {
        reportInvalid(pipeline, { terminal, json });
        finish(EXIT_CODES.findings);
        return;
      }
      const { diagnostics, parameters: checked } = validateParameters(pipeline.definition, parameters);
      if (checked === undefined) {
        reportParameters(diagnostics, { terminal, json });
        finish(EXIT_CODES.findings);
        return;
      }
      const { definition } = pipeline;
      const executor = createLocalExecutor({
        directory: dirname(resolve(file)),
        log: (text) => terminal.writeError(`${text}\n`),
      });
      const onEvent = (event: RunEvent): void => {
        if (!json) terminal.writeError(describeEvent(event));
      };
      const run = await untilInterrupt((signal) =>
        runInMemory({ definition, parameters: checked, executor, signal, onEvent }),
      );
      terminal.write(`${json ? JSON.stringify(summarize(run), null, 2) : describeEnd(run, terminal)}\n`);
      finish(run.view.status === 'succeeded' ? EXIT_CODES.ok : EXIT_CODES.findings);
    });
};

type Report = { readonly terminal: Terminal; readonly json: boolean };

const reportInvalid = (pipeline: PipelineFile, { terminal, json }: Report): void => {
  if (json) terminal.write(notStarted(pipeline.diagnostics));
  else terminal.writeError(`${formatDiagnostics(pipeline, terminal.style)}\n`);
};

const reportParameters = (diagnostics: readonly Diagnostic[], { terminal, json }: Report): void => {
  if (json) terminal.write(notStarted(diagnostics));
  for (const { code, path, message, hint } of json ? [] : diagnostics) {
    terminal.writeError(`error ${code}: ${path} ${message}\n${hint === null ? '' : `  hint: ${hint}\n`}`);
  }
};

const notStarted = (diagnostics: readonly Diagnostic[]): string =>
  `${JSON.stringify({ status: 'failed', outputs: null, steps: {}, events: 0, diagnostics }, null, 2)}\n`;

const INTERRUPTS = ['SIGINT', 'SIGTERM'] as const;

/** The first interrupt cancels the run, which then ends by itself. */
const untilInterrupt = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const controller = new AbortController();
  const cancel = (name: NodeJS.Signals): void => controller.abort(`The command got ${name}.`);
  for (const name of INTERRUPTS) process.once(name, cancel);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of INTERRUPTS) process.off(name, cancel);
  }
};

const summarize = ({ view, eventCount }: MemoryRun) => ({
  status: view.status,
  outputs: view.outputs,
  ...(view.error === null ? {} : { error: view.error }),
  steps: Object.fromEntries(Object.entries(view.steps).map(([id, step]) => [id, summarizeStep(step)])),
  events: eventCount,
});

const summarizeStep = ({ status, output, error, attempts, iterations }: StepView) => ({
  status,
  output,
  ...(error === null ? {} : { error }),
  attempts,
  ...(iterations > 1 ? { iterations } : {}),
});

const SHOWN_EVENTS: Readonly<Partial<Record<RunEvent['type'], string>>> = {
  task_scheduled: 'started',
  task_retry_scheduled: 'will be tried again',
  step_succeeded: 'succeeded',
  step_failed: 'failed',
  step_skipped: 'skipped',
  step_canceled: 'canceled',
  timer_set: 'waits',
};

const describeEvent = (event: RunEvent): string => {
  const words = SHOWN_EVENTS[event.type];
  if (words === undefined || event.stepId === undefined) return '';
  const detail = 'error' in event.data && event.data.error !== undefined ? `: ${event.data.error.message}` : '';
  return `${event.stepId} ${words}${detail}\n`;
};

const describeEnd = ({ view }: MemoryRun, { style }: Terminal): string => {
  if (view.status === 'succeeded') return `${style('green', 'succeeded')}\n${JSON.stringify(view.outputs, null, 2)}`;
  const { error } = view;
  const reason = error === null ? '' : `: ${error.message}${error.hint === undefined ? '' : `\nhint: ${error.hint}`}`;
  return `${style('red', view.status)}${reason}`;
};
