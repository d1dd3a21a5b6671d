import type { Command } from 'commander';
import type { Json } from '@ia-modules/engine';
import { notFound } from '../../platform/api-failure.ts';
import { readAssignment, wholeNumber } from '../../platform/argument-values.ts';
import { debugRun } from '../../platform/documents/control-documents.ts';
import { runEvaluation, runInspection } from '../../platform/documents/inspection-documents.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { readList } from '../../platform/read-list.ts';
import { printedStatus } from '../../platform/run-status.ts';
import { printable, printableJson } from '../../printable.ts';
import { formatFields, formatTable } from '../../table.ts';
import type { Terminal } from '../../terminal.ts';
import { UsageError } from '../../usage-error.ts';
import type { CommandRegistration } from '../registration.ts';
import { splitBreakpoints } from './fork-input.ts';
import { tellRun } from './tell.ts';
import { formatWaits } from './why.ts';

type DebugOptions = { readonly after?: number; readonly step?: string; readonly index?: string };
type DebugCall = {
  readonly session: PlatformSession;
  readonly run: string;
  readonly values: readonly string[];
  readonly options: DebugOptions;
};
type DebugAction = (call: DebugCall) => Promise<void>;

export const addDebugCommand = (registration: CommandRegistration, runs: Command): void => {
  platformCommand(
    runs,
    'debug <id> <action> [values...]',
    'Debug a run that is under way: look into it, and change what it does.',
  )
    .addHelpText('after', HELP)
    .option('--after <seq>', 'inspect and eval: as it was after this event', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--step <step>', 'eval: where iteration, item and index mean something')
    .option('--index <index>', 'eval: the item of a mapped step')
    .action(
      withSession<DebugOptions, [string, string, readonly string[]]>(
        registration,
        async (session, options, [run, action, values]) => {
          const act = ACTIONS[action];
          if (act === undefined)
            throw new UsageError(`There is no '${action}'. There are: ${Object.keys(ACTIONS).join(', ')}.`);
          await act({ session, run, values, options });
        },
      ),
    );
};

const HELP = `
Actions:
  continue              go on to the next breakpoint
  step                  go on by one step
  break [place...]      stop before these steps, or at transitions from->to, and nowhere else
  set <path=json>       change a value, such as parameters.city="Ulm"
  mock <step=json>      let a step give this instead of being run
  unmock <step>         run it again
  inspect               show the run's steps and values
  eval <expression>     evaluate an expression with the run's values`;

const command =
  (told: string, read: (values: readonly string[]) => Promise<Json> | Json): DebugAction =>
  async ({ session, run, values }) =>
    tellRun(session, run, { operation: debugRun, input: { command: await read(values) }, told });

/** @throws UsageError unless there is exactly one value */
const only = ([value, ...others]: readonly string[], what: string): string => {
  if (value === undefined || others.length > 0) throw new UsageError(`Give ${what}.`);
  return value;
};

const inspect: DebugAction = async ({ session, run, options: { after } }) => {
  const inspection = await readInspection(session, await session.idOf('Run', run), after);
  session.print({ json: inspection, text: () => formatInspection(inspection, session.terminal.style) });
};

/** Every page is of the run as the first one saw it. */
const readInspection = async ({ api }: PlatformSession, id: string, afterSeq: number | undefined) => {
  const read = async (seq: number | null, after: string | null) => {
    const { node } = await api.query(runInspection, { id, afterSeq: seq, after });
    if (node === null) throw notFound('There is no such run that the token may see.');
    return node.inspection;
  };
  const { steps: firstPage, ...rest } = await read(afterSeq ?? null, null);
  const steps = await readList(Number.POSITIVE_INFINITY, async ({ after }) =>
    after === null ? firstPage : (await read(rest.seq, after)).steps,
  );
  return { ...rest, steps };
};

type Inspection = Awaited<ReturnType<typeof readInspection>>;

const evaluate: DebugAction = async ({ session, run, values, options: { after, step, index } }) => {
  const { node } = await session.api.query(runEvaluation, {
    id: await session.idOf('Run', run),
    expression: only(values, 'one expression'),
    afterSeq: after ?? null,
    stepId: step ?? null,
    index: index ?? null,
  });
  if (node === null) throw notFound('There is no such run that the token may see.');
  session.print({ json: node.evaluate, text: () => `${JSON.stringify(node.evaluate, null, 2)}\n` });
};

const ACTIONS: Readonly<Record<string, DebugAction>> = {
  continue: command('goes on', () => ({ continue: true })),
  step: command('goes on by a step', () => ({ stepOver: true })),
  break: command('has other breakpoints', (places) => ({ setBreakpoints: splitBreakpoints(places) })),
  set: command('has another value', async (values) => {
    const [path, value] = await readAssignment(only(values, 'one path=json'), 'the value');
    return { setVariable: { path, value } };
  }),
  mock: command('has a mock', async (values) => {
    const [stepId, output] = await readAssignment(only(values, 'one step=json'), 'the mock');
    return { mock: { stepId, result: { output } } };
  }),
  unmock: command('has a mock less', (values) => ({ mock: { stepId: only(values, 'one step') } })),
  inspect,
  eval: evaluate,
};

const formatInspection = (
  { status, parameters, costUsd, steps, waiting }: Inspection,
  style: Terminal['style'],
): string =>
  [
    formatFields(
      [
        ['status', printedStatus({ status }, style)],
        ['parameters', printableJson(parameters)],
        ['cost', `$${costUsd}`],
      ],
      style,
    ),
    formatTable(
      {
        titles: ['STEP', 'STATUS', 'ITERATION', 'OUTPUT'],
        rows: steps.map((step) => [
          printable(step.stepId),
          printedStatus(step, style),
          step.iteration,
          step.error === null ? printableOutput(step.output) : `${step.error.code}: ${printable(step.error.message)}`,
        ]),
      },
      style,
    ),
    formatWaits(waiting, style),
  ]
    .filter((part) => part !== '')
    .join('\n');

const MAX_OUTPUT_CHARS = 80;

const printableOutput = (output: unknown): string =>
  output === null || output === undefined ? '' : printableJson(output, MAX_OUTPUT_CHARS);
