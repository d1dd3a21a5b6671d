import { runTestSession } from './testing/test-session.ts';

/** In this order: what starts whole platforms has the machine for itself. */
const PROJECTS = ['packages', 'platform'];

const args = process.argv.slice(2);
const isCovered = args.some((arg) => arg.startsWith('--coverage'));

/** Coverage is that of all projects together, so they run as one suite. */
function suites(): readonly (readonly string[])[] {
  if (isCovered || args.some((arg) => arg.startsWith('--project'))) return [args];
  return PROJECTS.map((project) => ['--project', project, '--passWithNoTests', ...args]);
}

process.exitCode = await runTestSession({ suites: suites(), isCovered });
