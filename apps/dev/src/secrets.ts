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
  /** An installation that is older than it gets one. */
  operatorPassword: z.string().min(12).default(makePassword),
  rolePasswords: z.object({
    app: z.string().min(16),
    worker: z.string().min(16),
    registry: z.string().min(16),
    auth: z.string().min(16),
  }),
});

export type Secrets = Readonly<z.infer<typeof secretsSchema>>;

/**
 * Reads the secrets of this installation; makes them at random when there are none, or when the file is damaged. The demo
 * user and the operator are in the database already then: their passwords are taken from where a person was told them.
 */
export function loadSecrets(dataDir: string, report: (message: string) => void): Secrets {
  const file = path.join(dataDir, 'secrets.json');
  if (existsSync(file)) {
    const text = readFileSync(file, 'utf8');
    const intact = parse(text);
    if (intact !== undefined) {
      const isComplete = text.includes(intact.secretKey) && text.includes(intact.operatorPassword);
      if (!isComplete) writePrivateFile(file, intact);
      return intact;
    }
    renameSync(file, `${file}.damaged`);
    report(
      `${file} was damaged: moved it to ${file}.damaged and made new secrets. Everyone has to sign in again, and webhooks and secrets have to be set anew.`,
    );
  }
  const known = readPlatformFile(dataDir);
  const secrets = {
    ...makeSecrets(),
    ...(known !== undefined && { demoPassword: known.demo.password }),
    ...(known?.operator !== undefined && { operatorPassword: known.operator.password }),
  };
  writePrivateFile(file, secrets);
  return secrets;
}

function makeSecretKey(): string {
  return randomBytes(32).toString('base64');
}

function makePassword(): string {
  return randomBytes(12).toString('base64url');
}

function makeSecrets(): Secrets {
  const random = (bytes: number) => randomBytes(bytes).toString('base64url');
  return {
    authSecret: random(48),
    secretKey: makeSecretKey(),
    oldSecretKeys: [],
    internalToken: random(48),
    postgresPassword: random(24),
    demoPassword: makePassword(),
    operatorPassword: makePassword(),
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
