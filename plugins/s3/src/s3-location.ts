import { z } from 'zod';

/** Where a bucket is and who asks. */
export const bucketFields = {
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)
    .describe('The bucket, which has to be there.'),
  region: z
    .string()
    .regex(/^[a-z0-9-]{2,50}$/)
    .default('us-east-1')
    .describe('Where the bucket is.'),
  endpoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Of a server that speaks S3, such as https://minio.example.com. Left out, AWS.'),
  path_style: z
    .boolean()
    .optional()
    .describe('Names the bucket in the path rather than in the host. Left out, it does with an `endpoint`.'),
  access_key_id: z.string().min(1).max(200).describe('Names who asks.'),
  secret_access_key: z.string().min(1).max(500).describe('A secret.'),
  session_token: z.string().max(5_000).optional().describe('Of temporary credentials; a secret.'),
  timeout_ms: z.int().min(100).max(600_000).default(60_000).describe('How long one call may take.'),
};

const bucket = z.object(bucketFields);
export type Bucket = z.infer<typeof bucket>;

export const objectKey = z.string().min(1).max(1_024).describe('The key of the object.');

export const MAX_OBJECT_BYTES = 64 * 1024 * 1024;
