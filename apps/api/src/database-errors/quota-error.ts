import { startRefusalOf } from '@ia-modules/plugin-admission';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { causesOf, type Fields, toFields } from './error-causes.ts';

const QUOTA_USED_UP = 'IAQ01';
const TENANT_CLOSED = 'IAQ02';

const parseDetail = (detail: unknown): Fields => {
  try {
    return toFields(JSON.parse(String(detail))) ?? {};
  } catch {
    return {};
  }
};

const toPlatformError = (code: string, { message, detail }: Fields, cause: unknown): PlatformError =>
  code === QUOTA_USED_UP
    ? new PlatformError({
        code: 'IA_API_QUOTA',
        message: String(message),
        hint: 'The operator of the platform can raise it; `Tenant.usage` shows them all.',
        details: parseDetail(detail),
        cause,
      })
    : new PlatformError({ code: 'IA_API_CONFLICT', message: String(message), cause });

/** What the database says when a quota is used up, the tenant is closed, or a plugin is blocked; undefined for any other error. */
export const quotaErrorOf = (error: unknown): PlatformError | undefined => {
  for (const cause of causesOf(error)) {
    const code = cause['originalCode'] ?? cause['code'];
    const blocked = startRefusalOf(cause);
    if (blocked !== undefined) return blocked;
    if (code === QUOTA_USED_UP || code === TENANT_CLOSED) return toPlatformError(code, cause, error);
  }
  return undefined;
};
