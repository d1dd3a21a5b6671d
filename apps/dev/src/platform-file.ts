import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { writePrivateFile } from './private-file.ts';

const platformSchema = z.object({
  portal: z.string(),
  graphql: z.string(),
  registry: z.string(),
  demo: z.object({ tenant: z.string(), email: z.string(), password: z.string(), apiToken: z.string() }),
});

/** Where a running platform is and how to sign in to its demo tenant: what `.data/platform.json` holds. */
export type PlatformAccess = Readonly<z.infer<typeof platformSchema>>;

export function platformFile(dataDir: string): string {
  return path.join(dataDir, 'platform.json');
}

export function writePlatformFile(dataDir: string, access: PlatformAccess): void {
  writePrivateFile(platformFile(dataDir), access);
}

/** Undefined when none was written or it can't be understood. */
export function readPlatformFile(dataDir: string): PlatformAccess | undefined {
  try {
    return platformSchema.parse(JSON.parse(readFileSync(platformFile(dataDir), 'utf8')));
  } catch {
    return undefined;
  }
}
