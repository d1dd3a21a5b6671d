const AWAITED: Readonly<Record<string, string>> = {
  timer: 'its time',
  retry: 'the next attempt',
  approval: 'an approval',
  signal: 'a signal',
  concurrency: 'a free place',
  paused: 'somebody to resume it',
  breakpoint: 'the debugger',
  budget: 'a larger budget',
  effect: 'somebody to say what became of a request',
};

/** What a run or step waits for, in words; a reason that is not known yet stands for itself. */
export const waitText = (reason: string | null): string | null =>
  reason === null ? null : `for ${Object.hasOwn(AWAITED, reason) ? AWAITED[reason] : reason}`;
