import type { Supervisor } from '../supervision/supervisor.ts';

const INTERRUPTS = ['SIGINT', 'SIGTERM'] as const;

/** The first interrupt cancels the run, which then ends by itself. The second one ends the process; where there is a supervisor, that does. */
export const untilInterrupt = async <T>(
  work: (signal: AbortSignal) => Promise<T>,
  supervisor: Supervisor | undefined,
): Promise<T> => {
  const controller = new AbortController();
  const cancel = (name: NodeJS.Signals): void => {
    supervisor?.hear(name);
    controller.abort(`The command got ${name}.`);
  };
  for (const name of INTERRUPTS) {
    if (supervisor === undefined) process.once(name, cancel);
    else process.on(name, cancel);
  }
  try {
    return await work(controller.signal);
  } finally {
    for (const name of INTERRUPTS) process.off(name, cancel);
  }
};
