import { z } from 'zod';

/** As steps hand it on. */
export const blobReference = z.strictObject({
  blob: z.string().min(1).max(500).describe('Name of the bytes.'),
  sizeBytes: z.int().min(0).describe('How many there are.'),
  contentType: z.string().max(200).describe('What they are.'),
});
