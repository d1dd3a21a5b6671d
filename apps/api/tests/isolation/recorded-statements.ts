import { Client } from 'pg';
import { vi } from 'vitest';

/** What the API does for itself, whoever asks: it says nothing about the answer. */
const BACKGROUND =
  /tenant_export|expired_exports|unmeasured_tenants|^fetch |^commit$|^rollback$|^begin$|tenant_chores|find_api_token|touch_api_token|user_tenants|from "session"|from "user"|listen|set_config|^select 1$|idempotency_keys|mail_queue|_mails?\(|advisory|erased_|pg_notify/i;

const textOf = (statement: unknown): string =>
  typeof statement === 'string' ? statement : ((statement as { readonly text?: string }).text ?? '');

/** Every statement that this process sends while `work` runs, but for those of the background. */
export const recordStatements = async <T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly statements: readonly string[] }> => {
  const query = vi.spyOn(Client.prototype, 'query');
  try {
    const result = await work();
    const texts = query.mock.calls.map(([statement]) => textOf(statement));
    return { result, statements: texts.filter((text) => text !== '' && !BACKGROUND.test(text)).toSorted() };
  } finally {
    query.mockRestore();
  }
};
