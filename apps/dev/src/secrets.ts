import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { writePrivateFile } from './private-file.ts';

const secretsSchema = z.object({
  authSecret: z.string().min(32),
  internalToken: z.string().min(32),
  postgresPassword: z.string().min(16),
  demoPassword: z.string().min(12),
  rolePasswords: z.object({
    app: z.string().min(16),
    worker: z.string().min(16),
    registry: z.string().min(16),
    auth: z.string().min(16),
  }),
});

export type Secrets = Readonly<z.infer<typeof secretsSchema>>;

/** Reads the secrets of this installation; makes them at random when there are none, or when the file is damaged. */
export function loadSecrets(dataDir: string, report: (message: string) => void): Secrets {
  const file = path.join(dataDir, 'secrets.json');
  if (existsSync(file)) {
    const known = parse(readFileSync(file, 'utf8'));
    if (known !== undefined) return known;
    renameSync(file, `${file}.damaged`);
    report(`${file} was damaged: moved it to ${file}.damaged and made new secrets. Everyone has to sign in again.`);
  }
  const secrets = makeSecrets();
  writePrivateFile(file, secrets);
  return secrets;
}

function makeSecrets(): Secrets {
  const random = (bytes: number) => randomBytes(bytes).toString('base64url');
  return {
    authSecret: random(48),
    internalToken: random(48),
    postgresPassword: random(24),
    demoPassword: random(12),
    rolePasswords: { app: random(24), worker: random(24), registry: random(24), auth: random(24) },
  };
}

function parse(text: string): Secrets | undefined {
  try {
    return secretsSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
