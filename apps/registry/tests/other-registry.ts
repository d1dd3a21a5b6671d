import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { buildTarball } from '../src/testing/build-tarball.ts';
import { publishBody } from '../src/testing/plugin-package.ts';

/** Somebody else's registry. */
export type OtherRegistry = Readonly<{
  url: string;
  requests(): readonly string[];
  /** The credentials that came with requests. */
  credentials(): readonly string[];
  forgetRequests(): void;
  stop(): Promise<void>;
}>;

type Package = Readonly<{ name: string; version: string }>;
type Message = Readonly<{ port?: number; path?: string; authorization?: string }>;

export async function startOtherRegistry(directory: string, packages: readonly Package[]): Promise<OtherRegistry> {
  await mkdir(directory, { recursive: true });
  const main = fileURLToPath(new URL('./other-registry-main.ts', import.meta.url));
  const { VERDACCIO_PUBLIC_URL: _ours, ...env } = process.env;
  const child = fork(main, [directory], { execPath: process.execPath, execArgv: [], env, stdio: 'ignore' });
  let asked: { readonly path: string; readonly authorization: string | undefined }[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the other registry ended with ${code}`)));
    child.on('message', (message: Message) => {
      if (message.port !== undefined) resolve(message.port);
      if (message.path !== undefined) asked.push({ path: message.path, authorization: message.authorization });
    });
  });
  const url = `http://127.0.0.1:${port}`;
  for (const each of packages) await publish(url, each);
  return {
    url,
    requests: () => asked.map(({ path }) => path),
    credentials: () => asked.flatMap(({ authorization }) => authorization ?? []),
    forgetRequests: () => {
      asked = [];
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    },
  };
}

async function publish(url: string, { name, version }: Package): Promise<void> {
  const tarball = buildTarball([{ path: 'package/package.json', content: JSON.stringify({ name, version }) }]);
  const body = publishBody(name, version, tarball);
  const versions = body['versions'] as Record<string, { dist: object }>;
  const filename = `${name.split('/').at(-1)}-${version}.tgz`;
  Object.assign(versions[version]?.dist ?? {}, { tarball: `${url}/${name}/-/${filename}` });
  const response = await fetch(`${url}/${name.replace('/', '%2f')}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (response.status !== 201) throw new Error(await response.text());
}
