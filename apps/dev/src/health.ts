import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 100;
const ANSWER_TIMEOUT_MS = 3_000;

/** Resolves as soon as the address answers without an error, or when it is not awaited any more. */
export async function untilHealthy(url: string, signal: AbortSignal): Promise<undefined> {
  while (!signal.aborted && !(await isHealthy(url))) await delay(POLL_MS);
  return undefined;
}

/** On a connection of its own: a kept-alive one would make the server wait when it stops. */
export function isHealthy(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: ANSWER_TIMEOUT_MS }, (response) => {
      response.resume();
      resolve((response.statusCode ?? 500) < 400);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}
