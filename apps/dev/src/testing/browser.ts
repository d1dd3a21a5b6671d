import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import { PlatformError } from '@ia-modules/plugin-sdk';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge'];

const INSTALLED_ELSEWHERE = [
  '/opt/google/chrome/chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** Libraries that the packaged browser expects of the system. */
const NEEDED_LIBRARIES = ['libnss3.so', 'libexpat.so.1'];
const LIBRARY_FOLDERS = [
  '/lib',
  '/usr/lib',
  '/lib/x86_64-linux-gnu',
  '/usr/lib/x86_64-linux-gnu',
  '/lib64',
  '/usr/lib64',
];

/**
 * Finds a Chromium for the browser tests: CHROME_PATH, an installed one, else the one that npm brought (Linux on x64).
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

async function unpackBrowser(): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw browserError(`No Chromium or Chrome was found on this ${process.platform} ${process.arch} machine.`);
  }
  const missing = NEEDED_LIBRARIES.filter(
    (library) => !LIBRARY_FOLDERS.some((folder) => existsSync(path.join(folder, library))),
  );
  if (missing.length > 0)
    throw browserError(`No Chromium was found, and the one from npm needs ${missing.join(' and ')}.`);
  const { default: chromium } = await import('@sparticuz/chromium');
  return chromium.executablePath();
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
    hint:
      'Install one: `apt-get install -y chromium` (Debian), `apt-get install -y libnss3 libexpat1` for the one from npm, ' +
      'or set CHROME_PATH to a Chrome of yours.',
    fault: 'infra',
  });
}
