import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { ErrorCode } from '@ia-modules/plugin-sdk';
import { EXIT_CODES } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';
import { createAttemptWatch } from './attempt-watch.ts';
import type { SupervisedAttempt, SupervisionMessage } from './message.ts';

const INTERRUPTS = ['SIGINT', 'SIGTERM'] as const;
type Interrupt = (typeof INTERRUPTS)[number];

const ANSWER_MS = 5_000;
const TICK_MS = 500;
const LIFELINE_OPTION = '--lifeline=';
const FIRST_FREE_FD = 3;

/** Why a run was ended by force, and what its command ends with. */
type Verdict = {
  readonly status: 'canceled' | 'failed';
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly hint: string };
  readonly exitCode: number;
};

/**
 * Runs a command in a process of its own, which can be ended whatever the code does that it runs. That process is told of the
 * first interrupt, and killed at the second one, or when it doesn't answer; and when an attempt that never yields is long overdue.
 */
export const supervise = async (argv: readonly string[], terminal: Terminal): Promise<number> => {
  const { child, lifeline } = startSupervised(argv);
  let verdict: Verdict | undefined;
  const kill = (reason: Verdict): void => {
    verdict ??= reason;
    child.kill('SIGKILL');
  };
  const interrupts = passInterrupts(lifeline, (interrupt) => kill(interruptedBy(interrupt)));
  const watch = createAttemptWatch();
  const ticks = setInterval(() => {
    const overdue = watch.pass(TICK_MS);
    if (overdue.length > 0) kill(timedOut(overdue));
  }, TICK_MS);
  readMessages(lifeline, (message) => {
    if (message.type === 'interrupt_heard') interrupts.onHeard();
    else watch.take(message);
  });
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    if (signal === null) return code ?? EXIT_CODES.internal;
    return report(verdict ?? endedBy(signal), { terminal, json: argv.includes('--json') });
  } finally {
    clearInterval(ticks);
    interrupts.stop();
  }
};

/** The descriptor of the pipe to a supervisor, which is taken out of the arguments. */
export const takeLifeline = (argv: string[]): number | undefined => {
  const option = argv[2];
  if (option === undefined || !option.startsWith(LIFELINE_OPTION)) return undefined;
  argv.splice(2, 1);
  return Number(option.slice(LIFELINE_OPTION.length));
};

type Supervised = { readonly child: ChildProcess; readonly lifeline: Socket };

/** Files that the shell has opened for the command, such as `<(…)`, are handed on. */
const startSupervised = ([node = process.execPath, program = '', ...args]: readonly string[]): Supervised => {
  const handedOn = args.flatMap((arg) => /\/fd\/(\d+)$/.exec(arg)?.[1] ?? []).map(Number);
  let fd = FIRST_FREE_FD;
  while (handedOn.includes(fd)) fd += 1;
  const stdio: StdioOptions = Array.from({ length: Math.max(fd, ...handedOn) + 1 }, (_, each) =>
    each < FIRST_FREE_FD || handedOn.includes(each) ? 'inherit' : 'ignore',
  );
  stdio[fd] = 'pipe';
  const child = spawn(node, [...process.execArgv, program, `${LIFELINE_OPTION}${fd}`, ...args], { stdio });
  const lifeline = (child.stdio as readonly unknown[])[fd] as Socket;
  return { child, lifeline };
};

/** A pipe that breaks says no more than the end of the process at its other end. */
const readMessages = (lifeline: Socket, onMessage: (message: SupervisionMessage) => void): void => {
  lifeline.on('error', () => lifeline.destroy());
  createInterface({ input: lifeline })
    .on('line', (line) => onMessage(JSON.parse(line) as SupervisionMessage))
    .on('error', () => undefined);
};

type Interrupts = { readonly onHeard: () => void; readonly stop: () => void };

/**
 * A terminal interrupts both processes, so the run is told over its lifeline: a signal would reach it twice. Interrupts that come when the
 * run has ended change nothing.
 */
const passInterrupts = (lifeline: Socket, kill: (interrupt: Interrupt) => void): Interrupts => {
  let answer: NodeJS.Timeout | undefined;
  const onInterrupt = (interrupt: Interrupt): void => {
    if (answer !== undefined) {
      kill(interrupt);
      return;
    }
    answer = setTimeout(() => kill(interrupt), ANSWER_MS);
    lifeline.write(`${interrupt}\n`);
  };
  for (const name of INTERRUPTS) process.on(name, onInterrupt);
  return {
    onHeard: () => clearTimeout(answer),
    stop: () => clearTimeout(answer),
  };
};

const interruptedBy = (interrupt: Interrupt): Verdict => ({
  status: 'canceled',
  error: {
    code: 'IA_RUN_KILLED',
    message: `The command got ${interrupt} and ended before the run did.`,
    hint: 'A step that never yields can not be canceled: let it await something between its parts.',
  },
  exitCode: exitCodeOf(interrupt),
});

const timedOut = (overdue: readonly SupervisedAttempt[]): Verdict => ({
  status: 'failed',
  error: {
    code: 'IA_TASK_TIMEOUT',
    message: overdue
      .map(
        ({ attempt, stepId, timeoutMs }) =>
          `Attempt ${attempt} of step '${stepId}' did not end within ${timeoutMs} ms.`,
      )
      .join(' '),
    hint: 'It never yields, so the run was ended by force: let it await something between its parts.',
  },
  exitCode: EXIT_CODES.findings,
});

type Report = { readonly terminal: Terminal; readonly json: boolean };

const report = ({ status, error, exitCode }: Verdict, { terminal, json }: Report): number => {
  if (json) {
    terminal.write(`${JSON.stringify({ status, outputs: null, error, steps: {}, events: 0 }, null, 2)}\n`);
  } else {
    terminal.write(`${terminal.style('red', status)}: ${error.message}\nhint: ${error.hint}\n`);
  }
  return exitCode;
};

/** Of an end that is none of the supervisor's doing. */
const endedBy = (signal: NodeJS.Signals): Verdict => {
  const interrupt = INTERRUPTS.find((name) => name === signal);
  if (interrupt !== undefined) return interruptedBy(interrupt);
  const message = `The process of the run was ended by ${signal}.`;
  const hint = 'A local step may have used more memory than there is.';
  return { status: 'failed', error: { code: 'IA_RUN_KILLED', message, hint }, exitCode: exitCodeOf(signal) };
};

const exitCodeOf = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];
