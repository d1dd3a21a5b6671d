import { accessSync, constants, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { inRepository } from '../repository.ts';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge'];

const INSTALLED_ELSEWHERE = [
  '/opt/google/chrome/chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

const UNPACKED_FOLDER = 'node_modules/.cache/ia-modules/chromium';

/**
 * Finds a Chromium for the browser tests: CHROME_PATH, an installed one, else the one that npm brought (Linux on x64), which needs nothing of the system.
 * @throws PlatformError IA_PLATFORM_BROWSER that says exactly what to install.
 */
export async function findBrowser(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const named = environment.CHROME_PATH;
  if (named !== undefined && named !== '') {
    if (isExecutable(named)) return named;
    throw browserError(`CHROME_PATH names ${named}, which is no program that can be run.`);
  }
  const folders = (environment.PATH ?? '').split(path.delimiter);
  const candidates = [
    ...folders.flatMap((folder) => PROGRAMS.map((name) => path.join(folder, name))),
    ...INSTALLED_ELSEWHERE,
  ];
  return candidates.find((candidate) => isExecutable(candidate)) ?? unpackBrowser();
}

/** Unpacks the browser together with the libraries that a bare system lacks; what is returned starts the one with the others. */
async function unpackBrowser(): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw browserError(`No Chromium or Chrome was found on this ${process.platform} ${process.arch} machine.`);
  }
  const folder = inRepository(UNPACKED_FOLDER);
  const launcher = path.join(folder, 'launch-chromium');
  if (isExecutable(launcher)) return launcher;
  const staging = `${folder}-${process.pid}`;
  mkdirSync(staging, { recursive: true });
  await inflateInto(staging);
  const script = '#!/bin/sh\nhere=$(dirname "$0")\nLD_LIBRARY_PATH="$here/al2023/lib" exec "$here/chromium" "$@"\n';
  writeFileSync(path.join(staging, 'launch-chromium'), script, { mode: 0o755 });
  rmSync(folder, { recursive: true, force: true });
  renameSync(staging, folder);
  return launcher;
}

/** The package unpacks into the folder for temporary files, where another user's copy may lie: it is given one of its own. */
async function inflateInto(folder: string): Promise<void> {
  const { default: chromium, inflate } = await import('@sparticuz/chromium');
  const libraries = new URL('../bin/al2023.tar.br', import.meta.resolve('@sparticuz/chromium'));
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    await Promise.all([chromium.executablePath(), inflate(fileURLToPath(libraries))]);
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function browserError(message: string): PlatformError {
  return new PlatformError({
    code: 'IA_PLATFORM_BROWSER',
    message,
    hint: 'Install Chromium or Chrome, or set CHROME_PATH to one.',
    fault: 'infra',
  });
}
