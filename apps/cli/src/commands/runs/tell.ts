import type { Command } from 'commander';
import type { Operation } from '../../platform/api-client.ts';
import { amount, readJson } from '../../platform/argument-values.ts';
import type { Variables } from '../../platform/api-client.ts';
import {
  type ChangedRun,
  decideEffect,
  raiseRunBudget,
  signalRun,
} from '../../platform/documents/control-documents.ts';
import { shortId } from '../../platform/global-id.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { UsageError } from '../../usage-error.ts';
import type { CommandRegistration } from '../registration.ts';

/** Something that one run is told. */
type Message = {
  readonly operation: Operation<{ readonly run: ChangedRun }>;
  readonly input: Variables;
  readonly told: string;
};

/** Tells a run something and says so. */
export const tellRun = async (
  session: PlatformSession,
  runText: string,
  { operation, input, told }: Message,
): Promise<void> => {
  const runId = await session.idOf('Run', runText);
  const { run } = await session.api.mutate(operation, { input: { runId, ...input } });
  session.print({ json: { run }, text: () => `run ${shortId(run.id)}: ${told}\n` });
};

export const addSignalCommand = (registration: CommandRegistration, runs: Command): void => {
  platformCommand(runs, 'signal <id> <name> [json]', 'Send a run a signal; one that comes early is kept.')
    .option('--delivery <key>', 'the same key counts once, however often it is sent')
    .action(
      withSession<{ readonly delivery?: string }, [string, string, string | undefined]>(
        registration,
        async (session, { delivery = null }, [run, name, json]) => {
          const payload = json === undefined ? null : await readJson(json, 'The payload');
          await tellRun(session, run, {
            operation: signalRun,
            input: { name, payload, delivery },
            told: `got '${name}'`,
          });
        },
      ),
    );
};

type BudgetOptions = { readonly cost?: number; readonly duration?: string };

export const addBudgetCommand = (registration: CommandRegistration, runs: Command): void => {
  platformCommand(
    runs,
    'budget <id>',
    'Raise what a run may cost or how long it may take; one that its budget holds goes on.',
  )
    .option('--cost <usd>', 'US dollars in all', amount)
    .option('--duration <duration>', 'since its start, such as 90m or 2h')
    .action(
      withSession<BudgetOptions, [string]>(registration, async (session, { cost, duration }, [run]) => {
        if (cost === undefined && duration === undefined) throw new UsageError('Give --cost, --duration or both.');
        const input = { maxCostUsd: cost ?? null, maxDuration: duration ?? null };
        await tellRun(session, run, { operation: raiseRunBudget, input, told: 'has a larger budget' });
      }),
    );
};

type EffectOptions = { readonly repeat?: boolean; readonly confirm?: string | true; readonly fail?: boolean };

export const addEffectCommand = (registration: CommandRegistration, runs: Command): void => {
  platformCommand(
    runs,
    'effect <id> <key>',
    'Say what became of an effect that nobody knows of: `runs effects` has its key.',
  )
    .option('--repeat', 'it was not done: do it again')
    .option('--confirm [json]', 'it was done, with this output')
    .option('--fail', 'let the step fail')
    .action(
      withSession<EffectOptions, [string, string]>(registration, async (session, options, [run, key]) => {
        const { decision, output } = readDecision(options);
        const given = output === undefined ? {} : { output: await readJson(output, '--confirm') };
        const told = `effect ${key} is answered for`;
        await tellRun(session, run, { operation: decideEffect, input: { key, decision, ...given }, told });
      }),
    );
};

const readDecision = ({ repeat = false, confirm, fail = false }: EffectOptions) => {
  const decisions = [
    ...(repeat ? ['REPEAT'] : []),
    ...(confirm === undefined ? [] : ['CONFIRM']),
    ...(fail ? ['FAIL'] : []),
  ];
  const [decision, ...others] = decisions;
  if (decision === undefined || others.length > 0) throw new UsageError('Give one of --repeat, --confirm and --fail.');
  return { decision, output: typeof confirm === 'string' ? confirm : undefined };
};
