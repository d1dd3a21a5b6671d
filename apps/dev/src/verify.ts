import { buildPortalDocuments, buildPrismaClient } from './build-artifacts.ts';
import { CHECKS, type Check } from './verify/checks.ts';

type Outcome = Readonly<{ name: string; findings: readonly string[]; seconds: number }>;

function say(message: string): void {
  process.stdout.write(`${message}\n`);
}

async function runCheck(check: Check): Promise<Outcome> {
  const startedAt = performance.now();
  const findings = await check
    .run()
    .catch((error: unknown) => [error instanceof Error ? String(error.stack) : String(error)]);
  return { name: check.name, findings, seconds: (performance.now() - startedAt) / 1000 };
}

/** Names on the command line choose checks; without any, all run. */
function chosenChecks(names: readonly string[]): readonly Check[] {
  const unknown = names.filter((name) => !CHECKS.some((check) => check.name === name));
  if (unknown.length > 0) {
    say(`There is no check ${unknown.join(', ')}. There are: ${CHECKS.map((check) => check.name).join(', ')}.`);
    process.exit(2);
  }
  return names.length === 0 ? CHECKS : CHECKS.filter((check) => names.includes(check.name));
}

const checks = chosenChecks(process.argv.slice(2));
await buildPrismaClient(say);
await buildPortalDocuments(() => {});

let failed = 0;
for (const check of checks) {
  const { name, findings, seconds } = await runCheck(check);
  if (findings.length > 0) failed += 1;
  say(`${findings.length === 0 ? '✔' : '✖'} ${name} (${seconds.toFixed(1)} s)`);
  for (const finding of findings) say(finding.replaceAll(/^/gm, '    '));
}
say(failed === 0 ? `All ${checks.length} checks passed.` : `${failed} of ${checks.length} checks failed.`);
process.exit(failed === 0 ? 0 : 1);
