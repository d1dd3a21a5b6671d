/** How to start one sandbox process: a value, so that it can be shown and tested apart from starting it. */
export type LaunchPlan = {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
};

export type LaunchTarget = {
  readonly denoPath: string;
  readonly guestPath: string;
  /** The plugin's own folder on the host. */
  readonly directory: string;
  /** The module to load, relative to the folder, with slashes. */
  readonly entry: string;
  readonly memoryMb: number;
  /** Calls that it takes at once. */
  readonly concurrency: number;
};

const DENO_FLAGS = [
  'run',
  '--quiet',
  '--no-prompt',
  '--no-remote',
  '--deny-import',
  '--cached-only',
  '--no-config',
  '--no-lock',
  '--no-check',
  '--node-modules-dir=manual',
];

/** Deno's own needs on top of what the plugin may use; below about 600 MB it does not start. */
const DENO_DATA_MB = 704;
const MEBIBYTE = 1024 * 1024;
const CPU_LIFETIME_S = 1_200;
const MAX_OPEN_FILES = 256;
const MAX_FILE_BYTES = 16 * MEBIBYTE;

export const denoArgs = (readable: string, guestPath: string, target: LaunchTarget): readonly string[] => [
  ...DENO_FLAGS,
  `--allow-read=${readable}`,
  `--v8-flags=--max-old-space-size=${target.memoryMb}`,
  guestPath,
];

/** The environment of Deno itself; a plugin can read none of it. */
export const denoEnv = (denoDir: string): Readonly<Record<string, string>> => ({
  DENO_DIR: denoDir,
  DENO_NO_UPDATE_CHECK: '1',
  DENO_NO_PROMPT: '1',
  NO_COLOR: '1',
});

/** Limits that hold for the whole life of a process, array buffers and threads included. */
export const prlimitArgs = (memoryMb: number): readonly string[] => {
  const dataBytes = (DENO_DATA_MB + memoryMb) * MEBIBYTE;
  return [
    '--core=0:0',
    `--nofile=${MAX_OPEN_FILES}:${MAX_OPEN_FILES}`,
    `--fsize=${MAX_FILE_BYTES}:${MAX_FILE_BYTES}`,
    `--data=${dataBytes}:${dataBytes}`,
    `--cpu=${CPU_LIFETIME_S}:${CPU_LIFETIME_S}`,
  ];
};
