import { runTestSession } from './testing/test-session.ts';

/** In this order: what starts whole platforms has the machine for itself. */
const PROJECTS = ['packages', 'platform'];

/** Coverage is that of the packages' own tests: whole platforms run in processes of their own. */
function suites(args: readonly string[]): readonly (readonly string[])[] {
  if (args.some((arg) => arg.startsWith('--project'))) return [args];
  const projects = args.some((arg) => arg.startsWith('--coverage')) ? PROJECTS.slice(0, 1) : PROJECTS;
  return projects.map((project) => ['--project', project, '--passWithNoTests', ...args]);
}

process.exitCode = await runTestSession(suites(process.argv.slice(2)));
