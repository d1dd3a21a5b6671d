import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AttackInput } from './attempt.ts';
import { type CanaryServers, startCanaryServers } from './canary-servers.ts';

/** What nobody can guess: where one of these comes out, something was read. */
export type CanaryContents = {
  readonly file: string;
  readonly environment: string;
  readonly ungranted: string;
  readonly granted: string;
  readonly tenant: string;
  readonly forged: string;
  readonly exceeded: string;
};

export type Canaries = {
  readonly contents: CanaryContents;
  readonly servers: CanaryServers;
  /** Occurs in the arguments or the environment of every process that an attempt starts. */
  readonly mark: string;
  readonly folder: string;
  readonly inputOf: (bound: AttackInput['bound'], isAmbient: boolean) => AttackInput;
  /** What differs in the folder from how it was laid out, or lies in the open with the mark in its name. */
  readonly changedFiles: () => Promise<readonly string[]>;
  readonly isProcessAlive: () => boolean;
  /** Puts back what an attempt broke. */
  readonly restore: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export const ENVIRONMENT_CANARY = 'IA_CANARY';
const NAIVE_CALL_ID = 5;

export const createCanaries = async (): Promise<Canaries> => {
  const folder = await mkdtemp(join(tmpdir(), 'ia-canary-'));
  const contents = newContents();
  const mark = `mark-${secretText()}`;
  await layOut(folder, contents.file);
  const servers = await startCanaryServers({ unixPath: join(folder, 'unix.sock'), content: contents.file });
  const lives = { child: startCanaryProcess(contents.environment) };
  const untouched = await fingerprint(folder);
  process.env[ENVIRONMENT_CANARY] = contents.environment;
  const { httpPort, tcpPort, udpPort, grantedPort } = servers;
  const changedFiles = async (): Promise<readonly string[]> => {
    const now = await fingerprint(folder);
    const strays = (await readdir(tmpdir())).filter((name) => name.includes(mark));
    const changed = [...new Set([...untouched.keys(), ...now.keys()])].filter(
      (name) => untouched.get(name) !== now.get(name),
    );
    return [...changed, ...strays];
  };
  return {
    contents,
    servers,
    mark,
    folder,
    inputOf: (bound, isAmbient) => ({
      isAmbient,
      folder,
      httpPort,
      tcpPort,
      udpPort,
      grantedPort,
      canaryPid: lives.child.pid ?? -1,
      mark,
      forged: contents.forged,
      exceeded: contents.exceeded,
      bound,
      callId: NAIVE_CALL_ID,
    }),
    changedFiles,
    isProcessAlive: () => lives.child.exitCode === null && lives.child.signalCode === null,
    restore: async () => {
      for (const name of await changedFiles()) {
        for (const base of [folder, tmpdir()]) await rm(join(base, name), { recursive: true, force: true });
      }
      await layOut(folder, contents.file);
      if (lives.child.exitCode !== null || lives.child.signalCode !== null) {
        lives.child = startCanaryProcess(contents.environment);
      }
      servers.takeHits();
      const left = await changedFiles();
      if (left.length > 0) throw new Error(`These could not be put back: ${left.join()}`);
    },
    close: async () => {
      lives.child.kill('SIGKILL');
      await servers.close();
      delete process.env[ENVIRONMENT_CANARY];
      await rm(folder, { recursive: true, force: true });
    },
  };
};

const secretText = (): string => randomBytes(12).toString('hex');

const newContents = (): CanaryContents => ({
  file: `file-${secretText()}`,
  environment: `environment-${secretText()}`,
  ungranted: `ungranted-${secretText()}`,
  granted: `granted-${secretText()}`,
  tenant: `tenant-${secretText()}`,
  forged: `forged-${secretText()}`,
  exceeded: `exceeded-${secretText()}`,
});

const layOut = async (folder: string, content: string): Promise<void> => {
  await mkdir(join(folder, 'inner'), { recursive: true });
  const files = {
    'secret.txt': content,
    'secret.json': JSON.stringify({ content }),
    'module.mjs': `export default ${JSON.stringify(content)};`,
    'module.cjs': `module.exports = ${JSON.stringify(content)};`,
    'module.ts': `const content: string = ${JSON.stringify(content)}; export default content;`,
    'doomed.txt': 'still here',
    'inner/secret.txt': content,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o644 });
};

const startCanaryProcess = (content: string) =>
  spawn('/bin/sleep', ['600'], { env: { [ENVIRONMENT_CANARY]: content }, stdio: 'ignore' });

/** Name to kind, mode and content of everything in a folder. */
const fingerprint = async (folder: string): Promise<ReadonlyMap<string, string>> => {
  const prints = new Map<string, string>();
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    const stats = await lstat(path);
    const text = stats.isFile() ? await readFile(path, 'latin1') : '';
    prints.set(name, `${stats.mode} ${text}`);
  }
  return prints;
};
