import type { Command } from 'commander';
import { collect, readJsonObject, wholeNumber } from '../../platform/argument-values.ts';
import { startRun } from '../../platform/documents/control-documents.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { CommandRegistration } from '../registration.ts';
import { splitBreakpoints } from './fork-input.ts';
import { addNewRunOptions, makeRun, type NewRunOptions } from './make-run.ts';

type StartOptions = NewRunOptions & {
  readonly parameters?: string;
  readonly priority?: number;
  readonly breakpoint?: readonly string[];
};

export const addStartCommand = (registration: CommandRegistration, runs: Command): void => {
  addNewRunOptions(platformCommand(runs, 'start <pipeline>', 'Start a run of a pipeline: its name or id.'))
    .option('-p, --parameters <json>', 'its parameters: a JSON object, or @file')
    .option('--priority <n>', 'above 0 it comes before others, below after them', wholeNumber(-100, 100))
    .option('--breakpoint <step>', 'stop before a step, or at a transition from->to; may be repeated', collect)
    .action(
      withSession<StartOptions, [string]>(registration, async (session, options, [pipeline]) => {
        const { parameters, priority, breakpoint = [] } = options;
        const input = {
          parameters: parameters === undefined ? {} : await readJsonObject(parameters, '--parameters'),
          pipelineId: await session.pipelineId(pipeline),
          ...(priority === undefined ? {} : { priority }),
          ...(breakpoint.length === 0 ? {} : { debug: { breakpoints: splitBreakpoints(breakpoint) } }),
        };
        return makeRun(session, options, { operation: startRun, input });
      }),
    );
};
