import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runCommand } from '../../command.ts';
import { inRepository, SOURCE_FLAGS } from '../../repository.ts';
import { findBreakingChanges } from './breaking-changes.ts';
import { rollUp } from './roll-up.ts';

const PACKAGE = 'libs/plugin-sdk';
/** The entries that the version of the package speaks of; the others are for the platform's own packages. */
const ENTRIES = ['index', 'testing', 'dependencies'] as const;
const REMEDY = `node ${SOURCE_FLAGS.join(' ')} apps/dev/src/print-public-api.ts`;

/** The types of each entry as the sources have them now, by entry. */
export async function readPublicApi(): Promise<ReadonlyMap<string, string>> {
  const folder = mkdtempSync(path.join(tmpdir(), 'declarations-'));
  try {
    const flags = ['--declaration', '--emitDeclarationOnly', '--sourceMap', 'false', '--pretty', 'false'];
    const project = inRepository(PACKAGE, 'tsconfig.build.json');
    const { code, output } = await runCommand(['tsc', '-p', project, ...flags, '--outDir', folder]);
    if (code !== 0) throw new Error(output);
    const files = new Map(
      globSync('**/*.d.ts', { cwd: folder }).map((file) => {
        const absolute = path.join(folder, file);
        return [absolute, readFileSync(absolute, 'utf8')] as const;
      }),
    );
    return new Map(ENTRIES.map((entry) => [entry, rollUp(path.join(folder, `${entry}.d.ts`), files)]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Writes the reports; with a release, they are also what later versions are compared with. */
export async function writePublicApi({ isRelease }: Readonly<{ isRelease: boolean }>): Promise<void> {
  const { version } = JSON.parse(readFileSync(inRepository(PACKAGE, 'package.json'), 'utf8')) as { version: string };
  mkdirSync(inRepository(PACKAGE, 'api/released'), { recursive: true });
  for (const [entry, text] of await readPublicApi()) {
    writeFileSync(reportOf(entry), text);
    if (isRelease) writeFileSync(releasedOf(entry), text);
  }
  if (isRelease) writeFileSync(inRepository(PACKAGE, 'api/released/version.txt'), `${version}\n`);
}

/** What is wrong with the reports, and what breaks plugins without a new major version. */
export async function findPublicApiProblems(): Promise<string[]> {
  const api = await readPublicApi();
  const stale = [...api].filter(([entry, text]) => readIfThere(reportOf(entry)) !== text).map(([entry]) => entry);
  const findings = stale.map((entry) => `${PACKAGE}/api/${entry}.api.d.ts differs from the code. Run: ${REMEDY}`);
  return [...findings, ...(await findBreaches(api))];
}

async function findBreaches(api: ReadonlyMap<string, string>): Promise<string[]> {
  const { version } = JSON.parse(readFileSync(inRepository(PACKAGE, 'package.json'), 'utf8')) as { version: string };
  const released = readIfThere(inRepository(PACKAGE, 'api/released/version.txt'))?.trim() ?? '';
  if (majorOf(version) > majorOf(released)) return [];
  const pairs = [...api].map(([name, current]) => ({
    name,
    current,
    released: readIfThere(releasedOf(name)) ?? '',
    specifier: name === 'index' ? '@ia-modules/plugin-sdk' : `@ia-modules/plugin-sdk/${name}`,
    usage: readIfThere(inRepository(PACKAGE, `api/released/usage/${name}.ts`)),
  }));
  const changes = await findBreakingChanges(pairs);
  return [...changes].flatMap(([entry, list]) =>
    list.map(
      (change) => `breaks plugins written for ${released} (${entry}): ${change}. Keep it, or raise the major version`,
    ),
  );
}

const majorOf = (version: string): number => Number.parseInt(version, 10);
const reportOf = (entry: string): string => inRepository(PACKAGE, `api/${entry}.api.d.ts`);
const releasedOf = (entry: string): string => inRepository(PACKAGE, `api/released/${entry}.api.d.ts`);

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
