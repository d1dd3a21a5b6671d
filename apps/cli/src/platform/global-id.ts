/** What a command may name by a bare UUID, with the tenant that the command works for. */
export type NodeType = 'Run' | 'Pipeline' | 'Schedule' | 'Webhook' | 'EventTrigger' | 'Approval';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const decode = (globalId: string): string => Buffer.from(globalId, 'base64url').toString('utf8');

export const isUuid = (text: string): boolean => UUID.test(text);

export const isGlobalId = (type: NodeType, text: string): boolean => decode(text).startsWith(`${type}:`);

/** The id that the API knows an object of a tenant by. */
export const toGlobalId = (type: NodeType, tenantGlobalId: string, uuid: string): string => {
  const tenantId = decode(tenantGlobalId).split(':')[1] ?? '';
  return Buffer.from(`${type}:${tenantId}:${uuid.toLowerCase()}`, 'utf8').toString('base64url');
};

/** The short form for people: the UUID in a global id, or the id itself when it holds none. */
export const shortId = (globalId: string): string => {
  const last = decode(globalId).split(':').at(-1) ?? '';
  return isUuid(last) ? last : globalId;
};
