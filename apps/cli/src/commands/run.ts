import type { RunEvent } from '@ia-modules/engine';
import { type Command, Option } from 'commander';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import type { PipelineWithFolder } from '../pipelines/read-with-folder.ts';
import { type Answer, parseDecision, parseEffect, parseSignal } from '../run/answers.ts';
import { type LocalRun, runPipeline } from '../run/run-pipeline.ts';
import { readRunnable } from '../run/read-runnable.ts';
import { describeEnd, describeEvent, summarizeRun } from '../run/run-report.ts';
import { untilInterrupt } from '../run/until-interrupt.ts';
import type { Supervisor } from '../supervision/supervisor.ts';
import type { Terminal } from '../terminal.ts';
import type { CommandRegistration } from './registration.ts';

type RunOptions = {
  readonly input?: string;
  readonly json?: boolean;
  readonly secrets?: string;
  readonly services?: string;
  readonly clock: 'real' | 'virtual';
  readonly breakpoint?: readonly string[];
  readonly as?: readonly string[];
  readonly grant?: readonly string[];
};

export const addRunCommand = ({ program, terminal, supervisor, finish }: CommandRegistration): void => {
  const answers: Answer[] = [];
  addOptions(program.command('run'), answers).action(async (file: string, options: RunOptions) => {
    finish(await runFile({ file, options, answers, terminal, supervisor }));
  });
};

const DESCRIPTION =
  'Run a pipeline here, in memory. Steps: core.*, human.approval, the built-in plugins, local modules (./steps/x.ts#Name), the ' +
  'plugins of its plugins_dir and of IA_PLUGINS_PATH, packages that npm has installed, and the pipelines beside it.';

const addOptions = (command: Command, answers: Answer[]): Command => {
  const collect =
    (parse: (text: string) => Answer) =>
    (text: string): void =>
      void answers.push(parse(text));
  const append = (text: string, texts: readonly string[] = []): readonly string[] => [...texts, text];
  return command
    .description(DESCRIPTION)
    .argument('<file>', 'the pipeline, .json or .jsonc')
    .option('-i, --input <input>', 'its parameters: JSON, a file, @file, or - for standard input')
    .option('--secrets <file>', 'secrets as a JSON object or NAME=value lines; others come from IA_SECRET_<NAME>')
    .option('--services <file>', 'a module that exports register(registry), for local steps')
    .addOption(new Option('--clock <clock>', 'virtual jumps over waits').choices(['real', 'virtual']).default('real'))
    .option('--signal <name[=json]>', 'send a signal; may be repeated', collect(parseSignal))
    .option(
      '--approve <step[=json]>',
      'approve when the step asks, with the values of its form',
      collect((text) => parseDecision('approve', text)),
    )
    .option(
      '--reject <step>',
      'reject when the step asks',
      collect((text) => parseDecision('reject', text)),
    )
    .option(
      '--repeat <step>',
      'make again what nobody knows the outcome of, when the step asks',
      collect((text) => parseEffect('repeat', text)),
    )
    .option(
      '--confirm <step[=json]>',
      'say that it was done, and what it gave',
      collect((text) => parseEffect('confirm', text)),
    )
    .option(
      '--fail-effect <step>',
      'give it up',
      collect((text) => parseEffect('fail-effect', text)),
    )
    .option('--grant <package>', 'let an installed package have what its manifest asks for; may be repeated', append)
    .option('--as <user>', 'who decides; repeated, the first vote is the first one’s', append)
    .option('--breakpoint <step>', 'stop before a step, or at a transition from->to', append)
    .option('--json', 'print one JSON document');
};

type Call = {
  readonly file: string;
  readonly options: RunOptions;
  readonly answers: readonly Answer[];
  readonly terminal: Terminal;
  readonly supervisor: Supervisor | undefined;
};

const runFile = async ({ file, options, answers, terminal, supervisor }: Call): Promise<ExitCode> => {
  const { json = false } = options;
  const { input, secrets: secretsFile } = options;
  const runnable = await readRunnable({ file, input, secretsFile }, { terminal, json });
  if (runnable === undefined) return EXIT_CODES.findings;
  if (!json) terminal.writeError(describePlugins(runnable.pipeline));
  const settings = {
    ...runnable,
    clock: options.clock,
    servicesFile: options.services,
    granted: options.grant ?? [],
    breakpoints: options.breakpoint ?? [],
    answers,
    people: options.as ?? [],
    onEvent: (event: RunEvent) => (json ? undefined : terminal.writeError(describeEvent(event))),
    supervisor,
    log: (line: string) => terminal.writeError(`${line}\n`),
  } satisfies Omit<LocalRun, 'signal'>;
  const run = await untilInterrupt((signal) => runPipeline({ ...settings, signal }), supervisor);
  terminal.write(`${json ? JSON.stringify(summarizeRun(run), null, 2) : describeEnd(run, terminal)}\n`);
  return run.view.status === 'succeeded' ? EXIT_CODES.ok : EXIT_CODES.findings;
};

/** What was found in the plugins folder, and what was not taken. */
const describePlugins = ({ plugins: { found, refused } }: PipelineWithFolder): string => {
  const lines = [
    ...found.map(({ name, origin, contributions }) => {
      const names = contributions?.map((contribution) => contribution.name).join(', ');
      return `plugin ${name}: ${origin}${names === undefined ? '' : ` (${names})`}`;
    }),
    ...refused.map(({ name, reason }) => `plugin ${name} refused: ${reason}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
};
