import type { CommandRegistration } from '../registration.ts';
import { addCancelCommand } from './cancel.ts';
import { addFollowCommand } from './follow.ts';
import { addListCommand } from './list.ts';
import { addShowCommand } from './show.ts';
import { addStartCommand } from './start.ts';

/** `ia-modules runs …`: the runs of a platform. */
export const addRunsCommands = (registration: CommandRegistration): void => {
  const runs = registration.program.command('runs').description('Control the runs of a platform through its API.');
  addListCommand(registration, runs);
  addShowCommand(registration, runs);
  addStartCommand(registration, runs);
  addFollowCommand(registration, runs);
  addCancelCommand(registration, runs);
};
