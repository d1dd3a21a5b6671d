/** What a publish does one after the other, as far as it leaves something behind. */
export const KILL_STEPS = [
  'before intent',
  'after intent',
  'before tarball',
  'after tarball',
  'before document',
  'after document',
  'before record',
  'after record',
] as const;
export type KillStep = (typeof KILL_STEPS)[number];
