import { notFound } from '../../platform/api-failure.ts';
import { type ServiceAccount, serviceAccountList } from '../../platform/documents/access-documents.ts';
import { shortId } from '../../platform/global-id.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { readList } from '../../platform/read-list.ts';
import { printable } from '../../printable.ts';

const MAX_ACCOUNTS = 10_000;

export const listServiceAccounts = async (session: PlatformSession): Promise<readonly ServiceAccount[]> => {
  const { slug } = await session.tenant();
  return readList(MAX_ACCOUNTS, async (page) => {
    const { tenant } = await session.api.query(serviceAccountList, { slug, ...page });
    return tenant?.serviceAccounts;
  });
};

/** By its name, its global id or its UUID. */
export const findServiceAccount = async (session: PlatformSession, text: string): Promise<ServiceAccount> => {
  const accounts = await listServiceAccounts(session);
  const found =
    accounts.find(({ name }) => name === text) ?? accounts.find(({ id }) => id === text || shortId(id) === text);
  if (found !== undefined) return found;
  throw notFound(`There is no service account '${printable(text)}' that the token may see.`);
};
