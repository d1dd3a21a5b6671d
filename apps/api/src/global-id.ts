const TENANT_NODE_TYPES = [
  'Pipeline',
  'PipelineVersion',
  'Run',
  'Installation',
  'ApiToken',
  'ServiceAccount',
  'Member',
  'Invitation',
  'Approval',
  'Schedule',
  'Webhook',
  'EventTrigger',
  'Secret',
  'BenchmarkReport',
  'TenantExport',
  'Rehearsal',
] as const;
export type TenantNodeType = (typeof TENANT_NODE_TYPES)[number];

export type GlobalId =
  | { readonly type: TenantNodeType; readonly tenantId: string; readonly id: string }
  | { readonly type: 'Tenant'; readonly id: string }
  | { readonly type: 'Plugin'; readonly name: string };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MAX_ID_LENGTH = 512;

const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64url');

export const tenantNodeId = (type: TenantNodeType, row: Readonly<{ tenantId: string; id: string }>): string =>
  encode(`${type}:${row.tenantId}:${row.id}`);

export const tenantGlobalId = (tenantId: string): string => encode(`Tenant:${tenantId}`);

export const pluginGlobalId = (name: string): string => encode(`Plugin:${name}`);

/** A stable id for something that has no node of its own, like a step within a run. */
export const opaqueId = (...parts: readonly string[]): string => encode(parts.join(':'));

/** Reads an id that `opaqueId` made of a type and a row's id; null for every other one. */
export const parseOpaqueRowId = (type: string, globalId: string): string | null => {
  const id = Buffer.from(globalId.slice(0, MAX_ID_LENGTH), 'base64url')
    .toString('utf8')
    .slice(type.length + 1);
  return UUID.test(id) && opaqueId(type, id) === globalId ? id : null;
};

const isTenantNodeType = (type: string): type is TenantNodeType =>
  (TENANT_NODE_TYPES as readonly string[]).includes(type);

/** An approval is named by its run and the activity that asks, everything else by an id of its own. */
const APPROVAL_ID = /^[0-9a-f-]{36}:[A-Za-z_][A-Za-z0-9_-]{0,63}#[0-9.]*\/[0-9.]*$/;

const isLocalId = (type: TenantNodeType, id: string): boolean =>
  type === 'Approval' ? APPROVAL_ID.test(id) && UUID.test(id.slice(0, 36)) : UUID.test(id);

/** Reads a global id; null when it is none, which callers answer like an id of nothing. */
export const parseGlobalId = (globalId: string): GlobalId | null => {
  if (globalId.length > MAX_ID_LENGTH) return null;
  const text = Buffer.from(globalId, 'base64url').toString('utf8');
  if (encode(text) !== globalId) return null;
  const separator = text.indexOf(':');
  const type = text.slice(0, separator);
  const rest = text.slice(separator + 1);
  if (type === 'Plugin') return rest === '' ? null : { type, name: rest };
  if (type === 'Tenant') return UUID.test(rest) ? { type, id: rest } : null;
  const [tenantId = '', ...parts] = rest.split(':');
  const id = parts.join(':');
  if (!isTenantNodeType(type) || !UUID.test(tenantId) || !isLocalId(type, id)) return null;
  return { type, tenantId, id };
};

/** The part of an id that a field of one type accepts; null for every other id. */
export const parseTenantNodeId = (
  type: TenantNodeType,
  globalId: string,
): { readonly tenantId: string; readonly id: string } | null => {
  const parsed = parseGlobalId(globalId);
  return parsed !== null && parsed.type === type ? { tenantId: parsed.tenantId, id: parsed.id } : null;
};

export const parseTenantId = (globalId: string): string | null => {
  const parsed = parseGlobalId(globalId);
  return parsed?.type === 'Tenant' ? parsed.id : null;
};

/**
 * What a list of a tenant is filtered by; null without a filter. An id of anything else, also of something in another
 * tenant, finds nothing: it becomes the tenant's own id, which nothing in the tenant has.
 */
export const filterId = (
  type: TenantNodeType,
  tenantId: string,
  globalId: string | null | undefined,
): string | null => {
  if (globalId === null || globalId === undefined) return null;
  const key = parseTenantNodeId(type, globalId);
  return key?.tenantId === tenantId ? key.id : tenantId;
};
