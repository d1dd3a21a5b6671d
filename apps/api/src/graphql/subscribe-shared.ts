import {
  createSourceEventStream,
  type DocumentNode,
  execute,
  type ExecutionArgs,
  type ExecutionResult,
  getNamedType,
  getOperationAST,
  type GraphQLSchema,
  isLeafType,
  type OperationDefinitionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { ApiContext } from '../context.ts';

/** Types whose fields depend on nothing but the object: whoever asks for the same of it gets the same. */
const SHARED_TYPES: ReadonlySet<string> = new Set([
  'Subscription',
  'RunEventPayload',
  'RunEvent',
  'RunLogPayload',
  'RunLogLine',
  'RunChangePayload',
  'RunChange',
  'ApprovalChangePayload',
  'ApprovalChange',
  'FeedGap',
  'MetricUpdate',
  'MetricSeries',
  'MetricLabels',
  'MetricPoint',
  'DurationFigures',
  'Gap',
]);

/** By operation: whether its results can be shared. A parsed document is the same object for all who send its text. */
const sharable = new WeakMap<OperationDefinitionNode, boolean>();
/** The results of an item, by operation. */
const results = new WeakMap<object, Map<OperationDefinitionNode, ExecutionResult>>();

/** Waits until something may be executed for one subscriber alone; returns how to say that it is done, and its data. */
export type AdmitItem = () => Promise<(data: unknown) => void>;

type SubscriptionArguments = ExecutionArgs & { readonly contextValue: ApiContext; readonly admitItem: AdmitItem };

/**
 * As graphql's `subscribe`, for feeds that many follow: an item is executed once for all subscribers with the same document,
 * as long as they ask for nothing that depends on who asks. Each subscriber's access is its feed's business.
 */
export const subscribeShared = async (
  args: SubscriptionArguments,
): Promise<ExecutionResult | AsyncIterableIterator<ExecutionResult, undefined>> => {
  const source = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return source;
  const items: AsyncIterator<unknown> = source[Symbol.asyncIterator]();
  const operation = getOperationAST(args.document, args.operationName);
  const isShared = operation !== null && operation !== undefined && isSharable(args, operation);
  const resultOf = (item: unknown): ExecutionResult | Promise<ExecutionResult> =>
    isShared && isObject(item) ? executeOnce(args, operation, item) : executeApart(args, item);
  const shared: AsyncIterableIterator<ExecutionResult, undefined> = {
    next: async () => {
      const { done = false, value } = await items.next();
      return done ? DONE : { done: false, value: await resultOf(value) };
    },
    return: async () => {
      await items.return?.();
      return DONE;
    },
    [Symbol.asyncIterator]: () => shared,
  };
  return shared;
};

const DONE = { done: true, value: undefined } as const;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** A copy, so that what is added to it is one subscriber's own. */
const executeOnce = (
  args: SubscriptionArguments,
  operation: OperationDefinitionNode,
  item: object,
): ExecutionResult | Promise<ExecutionResult> => {
  const known = results.get(item)?.get(operation);
  if (known !== undefined) return { ...known };
  const result = execute({ ...args, rootValue: item });
  if (result instanceof Promise) return result;
  const ofItem = results.get(item) ?? new Map<OperationDefinitionNode, ExecutionResult>();
  results.set(item, ofItem.set(operation, result));
  return { ...result };
};

/** What was loaded for the item before is forgotten, and the connection given back. */
const executeApart = async (args: SubscriptionArguments, item: unknown): Promise<ExecutionResult> => {
  const { loaders, session } = args.contextValue;
  const leave = await args.admitItem();
  for (const loader of Object.values(loaders)) loader.clearAll();
  let data: unknown = null;
  try {
    const result = await execute({ ...args, rootValue: item });
    data = result.data;
    return result;
  } finally {
    await session.close();
    leave(data);
  }
};

const isSharable = ({ schema, document }: ExecutionArgs, operation: OperationDefinitionNode): boolean => {
  const known = sharable.get(operation);
  if (known !== undefined) return known;
  const answer = asksForItemsAlone(schema, document, operation);
  sharable.set(operation, answer);
  return answer;
};

/** Neither a field that depends on who asks, nor a variable behind the arguments of the subscription itself. */
const asksForItemsAlone = (
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): boolean => {
  const types = new TypeInfo(schema);
  const rootFields = new Set<unknown>(operation.selectionSet.selections);
  let isAlone = true;
  visit(
    document,
    visitWithTypeInfo(types, {
      OperationDefinition: (node) => (node === operation ? undefined : false),
      VariableDefinition: () => false,
      Argument: (...[, , , , ancestors]) =>
        rootFields.has(ancestors.findLast((ancestor) => 'kind' in ancestor)) ? false : undefined,
      Variable: () => {
        isAlone = false;
      },
      Field: () => {
        const parent = types.getParentType();
        const type = getNamedType(types.getType());
        if (parent === null || parent === undefined || !SHARED_TYPES.has(parent.name)) isAlone = false;
        if (type === null || type === undefined || !(isLeafType(type) || SHARED_TYPES.has(type.name))) isAlone = false;
      },
    }),
  );
  return isAlone;
};
