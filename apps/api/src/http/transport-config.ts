import { z } from 'zod';
import type { PersistedConfig } from '../graphql/persisted-documents.ts';
import type { RateSettings } from '../traffic/rate-buckets.ts';

const wholeNumber = (least: number) =>
  z
    .string()
    .regex(/^\d{1,12}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= least, `must be at least ${least}`);

const files = z
  .string()
  .default('')
  .transform((text) => text.split(',').map((file) => file.trim()))
  .transform((list) => list.filter((file) => file !== ''));

/** The variables that say how requests are taken. */
export const transportSettings = {
  IA_RATE_CAPACITY: wholeNumber(1).default(1_000_000),
  IA_RATE_RESTORE_PER_SECOND: wholeNumber(1).default(50_000),
  IA_OPERATION_TIMEOUT_MS: wholeNumber(1).default(15_000),
  IA_CONNECTIONS_PER_ADDRESS: wholeNumber(1).optional(),
  IA_PERSISTED_DOCUMENTS: files,
  IA_PERSISTED_ONLY: z.enum(['true', 'false']).default('false'),
} as const;

export type TransportConfig = {
  /** Of each caller's bucket. */
  readonly rate: RateSettings;
  readonly operationTimeoutMs: number;
  /** Null: as many as there are from this machine, and some hundreds from others. */
  readonly connectionsPerAddress: number | null;
  readonly persisted: PersistedConfig;
};

const schema = z.object(transportSettings);

export const transportConfig = (settings: z.output<typeof schema>): TransportConfig => ({
  rate: { capacity: settings.IA_RATE_CAPACITY, restorePerSecond: settings.IA_RATE_RESTORE_PER_SECOND },
  operationTimeoutMs: settings.IA_OPERATION_TIMEOUT_MS,
  connectionsPerAddress: settings.IA_CONNECTIONS_PER_ADDRESS ?? null,
  persisted: { files: settings.IA_PERSISTED_DOCUMENTS, isRequired: settings.IA_PERSISTED_ONLY === 'true' },
});
