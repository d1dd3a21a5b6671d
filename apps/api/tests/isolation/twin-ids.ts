import { randomUUID } from 'node:crypto';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const OF_TENANT = /^(?<type>[A-Za-z]+):(?<tenant>[0-9a-f-]{36})(?::(?<local>.+))?$/;

export type NamedId = { readonly type: string; readonly tenant: string; readonly local: string | null };

/** What a global id names, or null for a value that is none of a tenant. */
export const readId = (value: string): NamedId | null => {
  const groups = OF_TENANT.exec(Buffer.from(value, 'base64url').toString('utf8'))?.groups;
  return groups === undefined
    ? null
    : { type: groups['type'] ?? '', tenant: groups['tenant'] ?? '', local: groups['local'] ?? null };
};

const writeId = ({ type, tenant, local }: NamedId): string =>
  Buffer.from([type, tenant, ...(local === null ? [] : [local])].join(':')).toString('base64url');

/** The same kind of thing, which nobody has, in a tenant that nobody has. */
export const randomTwin = (id: NamedId): string =>
  writeId({ ...id, tenant: randomUUID(), local: id.local?.replace(UUID, () => randomUUID()) ?? null });

/** The victim's thing under the name of the attacker's tenant. */
export const smuggled = (id: NamedId, tenant: string): string => writeId({ ...id, tenant });

/** Nobody's thing under the name of the attacker's tenant. */
export const smuggledTwin = (id: NamedId, tenant: string): string =>
  writeId({ ...id, tenant, local: id.local?.replace(UUID, () => randomUUID()) ?? null });
