import { createListLoader, createRowLoader, groupRows, type ListLoader, type RowLoader } from '../loaders.ts';
import type { Page } from '../page.ts';
import type { TenantSession } from '../tenant-session.ts';
import {
  fetchSecrets,
  listSecretUsers,
  listSecretVersions,
  type SecretRow,
  type SecretUser,
  type SecretVersionRow,
} from './secret-rows.ts';

export type SecretLoaders = {
  readonly secrets: RowLoader<SecretRow>;
  readonly versionsOfSecrets: ListLoader<Page, readonly SecretVersionRow[]>;
  readonly usersOfSecrets: ListLoader<Page, readonly SecretUser[]>;
};

/** The loaders of secrets within one GraphQL operation. */
export const createSecretLoaders = (session: TenantSession): SecretLoaders => {
  const permission = 'secret.read';
  return {
    secrets: createRowLoader({ session, permission, fetch: fetchSecrets, idOf: (row) => row.id }),
    versionsOfSecrets: createListLoader<Page, readonly SecretVersionRow[]>({
      session,
      permission,
      list: async (client, secretIds, page) =>
        groupRows(await listSecretVersions(client, { secretIds, page }), (row) => row.secretId),
      empty: [],
    }),
    usersOfSecrets: createListLoader<Page, readonly SecretUser[]>({
      session,
      permission,
      list: async (client, secretIds, page) =>
        groupRows(await listSecretUsers(client, { secretIds, page }), (row) => row.secretId),
      empty: [],
    }),
  };
};
