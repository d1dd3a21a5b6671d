import type {
  GraphQLInputObjectType,
  GraphQLInterfaceType,
  GraphQLNamedType,
  GraphQLObjectType,
  GraphQLSchema,
} from 'graphql';

type WithFields = GraphQLObjectType | GraphQLInterfaceType;

// Told apart by what they have: a process may hold two copies of graphql, whose classes are not the same.
const hasFields = (type: GraphQLNamedType): type is WithFields => 'getFields' in type && 'getInterfaces' in type;
const isInput = (type: GraphQLNamedType): type is GraphQLInputObjectType =>
  'getFields' in type && !('getInterfaces' in type);

/** What names mean wherever nothing else is said of them. */
const FIELDS: Readonly<Record<string, string>> = {
  id: 'Global id: `node` finds the object by it. Opaque: its form may change, the id of an object never does.',
  createdAt: 'When it was made.',
  updatedAt: 'When it was changed last.',
  createdBy: 'The id of the user or token that made it.',
  tenant: 'The tenant that it belongs to.',
  pipeline: 'The pipeline that it belongs to.',
  run: 'The run, as it is now.',
};

const ARGUMENTS: Readonly<Record<string, string>> = {
  first: 'How many from the beginning, up to 100. Default: 20.',
  after: 'Only what stands behind this cursor.',
  last: 'How many from the end, up to 100. Pass either this or `first`.',
  before: 'Only what stands before this cursor.',
  input: 'What to do.',
  id: 'Global id.',
  tenantId: 'Global id of the tenant.',
  pipelineId: 'Global id of the pipeline.',
  runId: 'Global id of the run.',
  approvalId: 'Global id of the approval.',
  name: 'Its name.',
  dryRun: 'Check and show the result without storing anything. Default: false.',
};

const CONNECTION: Readonly<Record<string, string>> = {
  edges: 'The places of this page, each with its cursor.',
  nodes: 'What stands in this page.',
  pageInfo: 'Where this page lies in the list.',
};

const EDGE: Readonly<Record<string, string>> = {
  cursor: 'Goes on from here as `after` or `before`. Opaque, and good for this list alone.',
  node: 'What stands here.',
};

const PAGE_INFO: Readonly<Record<string, string>> = {
  hasNextPage: 'Whether more comes behind this page.',
  hasPreviousPage: 'Whether more stands before this page.',
  startCursor: 'The cursor of the first place; null when the page is empty.',
  endCursor: 'The cursor of the last place; null when the page is empty.',
};

const mutationOf = (typeName: string, suffix: string): string =>
  `\`${typeName.charAt(0).toLowerCase()}${typeName.slice(1, -suffix.length)}\``;

const typeDescription = (type: GraphQLNamedType): string | null => {
  const { name } = type;
  if (name === 'Query') return 'What can be read.';
  if (name === 'Mutation') {
    return 'What can be changed. Each takes one `input` and answers a union of its success and the errors to expect.';
  }
  if (name === 'Subscription') return 'What can be followed as it happens, over a websocket or server-sent events.';
  if (name === 'Node') return 'Whatever has a global id.';
  if (name === 'PageInfo') return 'Where a page lies in its list.';
  if (name.endsWith('Connection')) return 'A page of a list.';
  if (name.endsWith('Edge')) return 'A place in a list.';
  if ('getTypes' in type && name.endsWith('Result')) return `What ${mutationOf(name, 'Result')} answers.`;
  if (hasFields(type) && name.endsWith('Success')) return `What ${mutationOf(name, 'Success')} did.`;
  if (isInput(type) && name.endsWith('Input')) return `What ${mutationOf(name, 'Input')} is asked to do.`;
  return null;
};

const fieldWords = (typeName: string): Readonly<Record<string, string>> => {
  if (typeName === 'PageInfo') return PAGE_INFO;
  if (typeName.endsWith('Connection')) return CONNECTION;
  return typeName.endsWith('Edge') ? EDGE : FIELDS;
};

type Described = { readonly name: string; description?: string | null | undefined };

const describe = (part: Described, words: Readonly<Record<string, string>>): void => {
  part.description ??= words[part.name];
};

const describeFields = (type: GraphQLNamedType): void => {
  if (isInput(type)) for (const field of Object.values(type.getFields())) describe(field, ARGUMENTS);
  if (!hasFields(type)) return;
  const words = fieldWords(type.name);
  for (const field of Object.values(type.getFields())) {
    const inherited = type.getInterfaces().map((parent) => parent.getFields()[field.name]?.description);
    field.description ??= inherited.find((description) => typeof description === 'string');
    describe(field, words);
    for (const arg of field.args) describe(arg, ARGUMENTS);
  }
};

/** Says of connections, ids and other things that are the same everywhere what they are, where nothing else was said. */
export const describeCommonParts = (schema: GraphQLSchema): GraphQLSchema => {
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    type.description ??= typeDescription(type);
    describeFields(type);
  }
  return schema;
};
