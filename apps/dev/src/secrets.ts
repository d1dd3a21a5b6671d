import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { readPlatformFile } from './platform-file.ts';
import { writePrivateFile } from './private-file.ts';

const secretsSchema = z.object({
  authSecret: z.string().min(32),
  /** Seals secrets in the database. An installation that is older than it gets one. */
  secretKey: z.base64().length(44).default(makeSecretKey),
  /** Still open what they sealed before the key was changed. */
  oldSecretKeys: z.array(z.base64().length(44)).default([]),
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

/**
 * Reads the secrets of this installation; makes them at random when there are none, or when the file is damaged. The
 * demo user is in the database already then: their password is taken from where a person was told it.
 */
export function loadSecrets(dataDir: string, report: (message: string) => void): Secrets {
  const file = path.join(dataDir, 'secrets.json');
  if (existsSync(file)) {
    const text = readFileSync(file, 'utf8');
    const intact = parse(text);
    if (intact !== undefined) {
      if (!text.includes(intact.secretKey)) writePrivateFile(file, intact);
      return intact;
    }
    renameSync(file, `${file}.damaged`);
    report(
      `${file} was damaged: moved it to ${file}.damaged and made new secrets. Everyone has to sign in again, and webhooks and secrets have to be set anew.`,
    );
  }
  const known = readPlatformFile(dataDir)?.demo.password;
  const secrets = { ...makeSecrets(), ...(known !== undefined && { demoPassword: known }) };
  writePrivateFile(file, secrets);
  return secrets;
}

function makeSecretKey(): string {
  return randomBytes(32).toString('base64');
}

function makeSecrets(): Secrets {
  const random = (bytes: number) => randomBytes(bytes).toString('base64url');
  return {
    authSecret: random(48),
    secretKey: makeSecretKey(),
    oldSecretKeys: [],
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
