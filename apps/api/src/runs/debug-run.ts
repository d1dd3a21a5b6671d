import { type DebugCommand, inspectRun, isTerminal } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { checkHandedValue } from '../bounded-value.ts';
import type { ApiContext } from '../context.ts';
import type { TenantKey } from '../loaders.ts';
import { refuseBentDecision } from './bent-approval.ts';
import { requireDebugging } from './require-debugging.ts';
import { loadHistory, loadRun } from './run-history.ts';
import type { RunRow } from './run-rows.ts';
import { runIsOver, sendCommand } from './send-command.ts';

export type DebugRequest = TenantKey & { readonly command: DebugCommand };

/** What the audit log says of a command: never the values that it sets. */
const detailsOf = (command: DebugCommand): Readonly<Record<string, unknown>> => {
  switch (command.kind) {
    case 'set_variable':
      return { command: command.kind, path: command.path };
    case 'mock':
      return { command: command.kind, stepId: command.stepId };
    case 'set_breakpoints':
      return { command: command.kind, steps: command.steps, transitions: command.transitions };
    default:
      return { command: command.kind };
  }
};

/**
 * Sends a run what a debugger asks for.
 * @throws PlatformError IA_RUN_COMMAND for what the run could not do where it stands now, and for what people decide
 */
export const debugRun = async (context: ApiContext, { tenantId, id, command }: DebugRequest): Promise<RunRow> => {
  checkHandedValue('command', command);
  await requireDebugging(context, tenantId);
  const run = await loadRun(context, { tenantId, id });
  if (isTerminal(run.status)) throw runIsOver(run.status);
  const { plan, events } = await loadHistory(run, context);
  const problem = inspectRun(plan, events).check({ kind: 'debug_command', command });
  if (problem !== undefined) throw new PlatformError(problem);
  refuseBentDecision(plan, events, command);
  return sendCommand(context, {
    tenantId,
    id,
    permission: 'run.debug',
    command: { kind: 'debug', payload: { command } },
    action: 'run.debug',
    details: detailsOf(command),
  });
};
