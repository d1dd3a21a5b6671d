import { z } from 'zod';

const count = z.coerce.number('must be a whole number').int().min(1).max(1_000_000);

/** The variables that bound sockets and subscriptions of one process. */
export const liveSettings = {
  IA_MAX_SOCKETS: count.default(10_000),
  IA_MAX_SOCKETS_PER_ADDRESS: count.default(1_000),
  IA_MAX_SUBSCRIPTIONS_PER_CALLER: count.default(1_000),
} as const;

export type LiveConfig = {
  readonly maxSockets: number;
  readonly maxSocketsPerAddress: number;
  readonly maxSubscriptionsPerCaller: number;
};

const schema = z.object(liveSettings);

export const liveConfig = (settings: z.output<typeof schema>): LiveConfig => ({
  maxSockets: settings.IA_MAX_SOCKETS,
  maxSocketsPerAddress: settings.IA_MAX_SOCKETS_PER_ADDRESS,
  maxSubscriptionsPerCaller: settings.IA_MAX_SUBSCRIPTIONS_PER_CALLER,
});
