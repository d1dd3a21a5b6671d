import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

export type CommandSources = Readonly<{
  root: string;
  scripts: Readonly<Record<string, string>>;
  /** Programs that the workspaces bring. */
  programs: readonly string[];
}>;

const NPM_OWN_COMMANDS = new Set([
  'access',
  'audit',
  'ci',
  'config',
  'deprecate',
  'diff',
  'dist-tag',
  'init',
  'install',
  'login',
  'logout',
  'outdated',
  'owner',
  'pack',
  'ping',
  'publish',
  'search',
  'token',
  'undeprecate',
  'unpublish',
  'view',
  'whoami',
]);

/** Lists each command of a document's code that the repository does not have, and each repository file it names in vain. */
export function findDeadCommands(markdown: string, sources: CommandSources): string[] {
  return commandLines(markdown).flatMap((line) => problemsOf(line, sources));
}

function commandLines(markdown: string): string[] {
  const blocks = [...markdown.matchAll(/```(?:sh|bash|shell|console)\n([\s\S]*?)```/g)].flatMap(([, code = '']) =>
    code.split('\n'),
  );
  const inline = [...markdown.matchAll(/`((?:npm|npx) [^`]+)`/g)].map(([, code = '']) => code);
  return [...blocks, ...inline]
    .map((line) => line.replace(/^\$ /, '').trim())
    .filter((line) => /^(npm|npx) /.test(line));
}

function problemsOf(line: string, { root, scripts, programs }: CommandSources): string[] {
  const [tool, ...words] = line.split(/\s+/);
  const [first = '', second = ''] = words;
  if (tool === 'npx') {
    const isKnown = programs.includes(first) || existsSync(path.join(root, 'node_modules', '.bin', first));
    return isKnown ? missingFiles(line, words, root) : [`\`${line}\`: there is no program ${first}`];
  }
  const script = first === 'run' ? second : first;
  if (first !== 'run' && NPM_OWN_COMMANDS.has(first)) return [];
  const workspace = words.includes('-w') ? words[words.indexOf('-w') + 1] : undefined;
  const known = workspace === undefined ? scripts : scriptsOf(path.join(root, workspace));
  const file = path.join(workspace ?? '', 'package.json');
  return script === '' || script in known ? [] : [`\`${line}\`: ${file} has no script ${script}`];
}

function scriptsOf(folder: string): Readonly<Record<string, string>> {
  const file = path.join(folder, 'package.json');
  if (!existsSync(file)) return {};
  return (JSON.parse(readFileSync(file, 'utf8')) as { scripts?: Record<string, string> }).scripts ?? {};
}

function missingFiles(line: string, words: readonly string[], root: string): string[] {
  const named = words.filter((word) => /^(examples|docs|libs|apps|plugins)\/[\w./-]+\.\w+$/.test(word));
  return named.filter((file) => !existsSync(path.join(root, file))).map((file) => `\`${line}\`: there is no ${file}`);
}
