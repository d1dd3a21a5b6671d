import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import { inRepository, repositoryRoot } from './repository.ts';

export type CommandOptions = Readonly<{
  cwd?: string;
  env?: Readonly<Record<string, string | undefined>> | undefined;
  onLine?: (line: string) => void;
}>;

export type CommandResult = Readonly<{ code: number; output: string; stdout: string }>;

/** Runs a program with the repository's own tools first on PATH, and collects what it prints. Never throws for its exit code. */
export function runCommand(words: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [command = '', ...args] = words;
  const child = spawn(command, args, {
    cwd: options.cwd ?? repositoryRoot,
    env: { ...process.env, ...pathWithTools(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  const stdout: string[] = [];
  const collect = (line: string) => {
    output.push(line);
    const text = stripVTControlCharacters(line).trim();
    if (text !== '') options.onLine?.(text);
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    stdout.push(line);
    collect(line);
  });
  createInterface({ input: child.stderr }).on('line', collect);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output: output.join('\n'), stdout: stdout.join('\n') }));
  });
}

export function pathWithTools(): Record<string, string> {
  const name = Object.keys(process.env).find((key) => key.toLowerCase() === 'path') ?? 'PATH';
  const separator = process.platform === 'win32' ? ';' : ':';
  return { [name]: `${inRepository('node_modules', '.bin')}${separator}${process.env[name] ?? ''}` };
}
