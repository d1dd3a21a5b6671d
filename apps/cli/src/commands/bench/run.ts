import { writeFile } from 'node:fs/promises';
import type { BenchmarkReport } from '@ia-modules/benchmark';
import { type Command, Option } from 'commander';
import { createRunTimer, formatReport } from '../../bench-report.ts';
import { EXIT_CODES, type ExitCode } from '../../exit-codes.ts';
import { wholeNumber } from '../../platform/argument-values.ts';
import { readRunnable, type Runnable } from '../../run/read-runnable.ts';
import { runPipeline } from '../../run/run-pipeline.ts';
import { describeEnd } from '../../run/run-report.ts';
import { untilInterrupt } from '../../run/until-interrupt.ts';
import { UsageError } from '../../usage-error.ts';
import type { CommandRegistration } from '../registration.ts';

type BenchOptions = {
  readonly input?: string;
  readonly secrets?: string;
  readonly services?: string;
  readonly clock: 'real' | 'virtual';
  readonly rounds: number;
  readonly warmUp: number;
  readonly output?: string;
};

export const addBenchRunCommand = (registration: CommandRegistration, bench: Command): void => {
  bench
    .command('run <file>')
    .description('Run a pipeline here again and again, and report how long it and its steps took.')
    .option('-i, --input <input>', 'its parameters: JSON, a file, @file, or - for standard input')
    .option('--secrets <file>', 'secrets as a JSON object or NAME=value lines; others come from IA_SECRET_<NAME>')
    .option('--services <file>', 'a module that exports register(registry), for local steps')
    .addOption(new Option('--clock <clock>', 'virtual jumps over waits').choices(['real', 'virtual']).default('real'))
    .option('--rounds <n>', 'how many runs are measured', wholeNumber(1, 1_000), 20)
    .option('--warm-up <n>', 'how many runs come before those', wholeNumber(0, 1_000), 2)
    .option('-o, --output <file>', 'where the report goes; standard output when left out')
    .action(async (file: string, options: BenchOptions) => {
      registration.finish(await benchFile(registration, file, options));
    });
};

const benchFile = async (registration: CommandRegistration, file: string, options: BenchOptions): Promise<ExitCode> => {
  const { terminal } = registration;
  const { input, secrets: secretsFile, output } = options;
  const runnable = await readRunnable({ file, input, secretsFile }, { terminal, json: false });
  if (runnable === undefined) return EXIT_CODES.findings;
  const report = await measureRuns(registration, runnable, options);
  if (report === undefined) return EXIT_CODES.findings;
  const text = `${JSON.stringify(report, null, 2)}\n`;
  if (output === undefined) {
    terminal.writeError(formatReport(report, terminal.style));
    terminal.write(text);
    return EXIT_CODES.ok;
  }
  try {
    await writeFile(output, text);
  } catch (error) {
    throw new UsageError(`${output} can not be written: ${error instanceof Error ? error.message : String(error)}`);
  }
  terminal.write(formatReport(report, terminal.style));
  return EXIT_CODES.ok;
};

/** Undefined when a run did not succeed, which has been said then: what fails takes another time. */
const measureRuns = async (
  { terminal, supervisor }: CommandRegistration,
  runnable: Runnable,
  { rounds, warmUp, clock, services }: BenchOptions,
): Promise<BenchmarkReport | undefined> => {
  const timer = createRunTimer();
  return untilInterrupt(async (signal) => {
    for (let round = -warmUp; round < rounds; round += 1) {
      timer.begin(round >= 0);
      const run = await runPipeline({
        ...runnable,
        clock,
        servicesFile: services,
        granted: [],
        breakpoints: [],
        answers: [],
        people: [],
        onEvent: timer.onEvent,
        supervisor,
        log: (line) => terminal.writeError(`${line}\n`),
        signal,
      });
      timer.end();
      if (run.view.status === 'succeeded') continue;
      terminal.writeError(`${describeEnd(run, terminal)}\n`);
      return undefined;
    }
    return timer.toReport();
  }, supervisor);
};
