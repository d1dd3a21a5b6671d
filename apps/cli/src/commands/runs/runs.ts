import type { CommandRegistration } from '../registration.ts';
import { addVoteCommands } from '../approvals.ts';
import { addControlCommands } from './control.ts';
import { addDebugCommand } from './debug.ts';
import { addEffectsCommand } from './effects.ts';
import { addFollowCommand } from './follow.ts';
import { addListCommand } from './list.ts';
import { addLogsCommand } from './logs.ts';
import { addShowCommand } from './show.ts';
import { addStartCommand } from './start.ts';
import { addBudgetCommand, addEffectCommand, addSignalCommand } from './tell.ts';
import { addWhyCommand } from './why.ts';

/** `ia-modules runs …`: the runs of a platform. */
export const addRunsCommands = (registration: CommandRegistration): void => {
  const runs = registration.program.command('runs').description('Control the runs of a platform through its API.');
  addListCommand(registration, runs);
  addShowCommand(registration, runs);
  addStartCommand(registration, runs);
  addFollowCommand(registration, runs);
  addLogsCommand(registration, runs);
  addWhyCommand(registration, runs);
  addEffectsCommand(registration, runs);
  addControlCommands(registration, runs);
  addSignalCommand(registration, runs);
  addVoteCommands(registration, runs);
  addEffectCommand(registration, runs);
  addBudgetCommand(registration, runs);
  addDebugCommand(registration, runs);
};
