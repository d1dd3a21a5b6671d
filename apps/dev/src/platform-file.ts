import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { writePrivateFile } from './private-file.ts';

/** What the seed prints. */
export const seededSchema = z.object({
  demo: z.object({ tenant: z.string(), email: z.string(), password: z.string(), apiToken: z.string() }),
  /** Who operates the platform, with tokens that publish for the tenants whose plugins come with it, by their slugs. */
  operator: z
    .object({
      email: z.string(),
      password: z.string(),
      publishers: z.object({ 'ia-modules': z.string(), 'open-plugins': z.string() }),
    })
    .optional(),
});

const platformSchema = seededSchema.extend({ portal: z.string(), graphql: z.string(), registry: z.string() });

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
