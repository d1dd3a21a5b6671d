import type { Json } from '@ia-modules/engine';
import { checkHandedText, checkHandedValue } from '../bounded-value.ts';
import type { ApiContext } from '../context.ts';
import type { TenantKey } from '../loaders.ts';
import type { RunRow } from './run-rows.ts';
import { sendCommand } from './send-command.ts';

const MAX_NAME_LENGTH = 200;

export type SignalRequest = TenantKey & {
  readonly name: string;
  readonly payload: Json;
  /** The same delivery counts once. */
  readonly delivery: string | null;
};

/** Sends a run a signal; one that comes before anything waits for it is kept. */
export const signalRun = (context: ApiContext, request: SignalRequest): Promise<RunRow> => {
  const { tenantId, id, name, payload, delivery } = request;
  checkHandedText('name', name, MAX_NAME_LENGTH);
  checkHandedValue('payload', payload);
  if (delivery !== null) checkHandedText('delivery', delivery, MAX_NAME_LENGTH);
  const command = {
    kind: 'signal' as const,
    payload: { name, payload, ...(delivery === null ? {} : { delivery }) },
  };
  const details = { name, delivery };
  return sendCommand(context, { tenantId, id, permission: 'run.control', command, action: 'run.signal', details });
};
