import { z } from 'zod';

/** Of a file below the tenant's folder. */
export const filePath = z
  .string()
  .min(1)
  .max(1_000)
  .describe("Relative to the tenant's folder of files, such as `reports/may.csv`.");

export const MAX_FILE_BYTES = 64 * 1024 * 1024;
