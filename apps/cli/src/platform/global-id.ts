/** What a command may name by the short form of its id, with the tenant that the command works for. */
export type NodeType =
  | 'Run'
  | 'Pipeline'
  | 'Schedule'
  | 'Webhook'
  | 'EventTrigger'
  | 'Approval'
  | 'ApiToken'
  | 'BenchmarkReport';

const UUID_PATTERN = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const UUID = new RegExp(`^${UUID_PATTERN}$`, 'i');
/** An approval is named by its run and its key: `<uuid>:review#2/0`. */
const APPROVAL = new RegExp(`^${UUID_PATTERN}:.`, 'i');
const GLOBAL_ID = new RegExp(`^(?<type>[A-Za-z]+):${UUID_PATTERN}:(?<id>.+)$`);

const decode = (globalId: string): string => Buffer.from(globalId, 'base64url').toString('utf8');

const isShortId = (type: NodeType, text: string): boolean => (type === 'Approval' ? APPROVAL : UUID).test(text);

const isGlobalId = (type: NodeType, text: string): boolean => GLOBAL_ID.exec(decode(text))?.groups?.['type'] === type;

/** Which of the two forms of an id a text has; undefined when it has neither. */
export const formOfId = (type: NodeType, text: string): 'short' | 'global' | undefined => {
  if (isShortId(type, text)) return 'short';
  return isGlobalId(type, text) ? 'global' : undefined;
};

/** The id that the API knows an object of a tenant by. */
export const toGlobalId = (type: NodeType, tenantGlobalId: string, id: string): string => {
  const tenantId = decode(tenantGlobalId).split(':')[1] ?? '';
  return Buffer.from(`${type}:${tenantId}:${id}`, 'utf8').toString('base64url');
};

/** The short form for people, or the id itself when it has none. */
export const shortId = (globalId: string): string => GLOBAL_ID.exec(decode(globalId))?.groups?.['id'] ?? globalId;
