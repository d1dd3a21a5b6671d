import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const CREDENTIALS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' } as const;
export const BUCKET = 'blobs';

export type S3Server = Readonly<{ endpoint: string; stop(): Promise<void> }>;

/** Starts a server that speaks S3, with one bucket, on a free port of this machine. */
export const startS3Server = async (): Promise<S3Server> => {
  const directory = await mkdtemp(path.join(tmpdir(), 's3-'));
  const child = fork(fileURLToPath(new URL('s3-server-main.ts', import.meta.url)), [directory, BUCKET], {
    // The server makes its continuation tokens with a cipher that OpenSSL has put aside.
    execArgv: ['--openssl-legacy-provider'],
  });
  const exited = once(child, 'exit');
  const started: unknown[] = await Promise.race([once(child, 'message'), exited]);
  const { port } = started[0] as Readonly<{ port: number }>;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stop: async () => {
      child.disconnect();
      await exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
};
