import {
  type ASTVisitor,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';

const MAX_TOKENS = 5_000;
export const MAX_ALIASES = 50;
export const MAX_DIRECTIVES = 50;
export const MAX_OPERATIONS = 10;
export const MAX_NESTING = 20;

const tooMuch = (what: string, limit: number): GraphQLError =>
  new GraphQLError(`The document has more than ${limit} ${what}.`, { extensions: { code: 'IA_API_LIMIT' } });

/** Counts what costs a server before anything is executed: a rule like those of the specification. */
export const documentLimits = (context: ValidationContext): ASTVisitor => {
  let aliases = 0;
  let directives = 0;
  const report = (what: string, limit: number): false => {
    context.reportError(tooMuch(what, limit));
    return false;
  };
  return {
    Document(document) {
      const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
      if (operations.length > MAX_OPERATIONS) return report('operations', MAX_OPERATIONS);
      if (isDeeperThan(document, MAX_NESTING)) return report('levels', MAX_NESTING);
      return undefined;
    },
    Field(node) {
      if (node.alias !== undefined) aliases += 1;
      if (aliases === MAX_ALIASES + 1) report('aliases', MAX_ALIASES);
    },
    Directive() {
      directives += 1;
      if (directives === MAX_DIRECTIVES + 1) report('directives', MAX_DIRECTIVES);
    },
  };
};

/** `__typename` stays: it tells what a client asked for, not what else there is. */
const noIntrospection = (context: ValidationContext): ASTVisitor => ({
  Field(node) {
    if (node.name.value !== '__schema' && node.name.value !== '__type') return;
    context.reportError(
      new GraphQLError('Introspection is switched off.', { nodes: node, extensions: { code: 'IA_API_FORBIDDEN' } }),
    );
  },
});

/** Walks level by level, each fragment once a level, so that neither nesting nor cycles can make it expensive. */
const isDeeperThan = (document: DocumentNode, limit: number): boolean => {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  let level = new Set<SelectionSetNode>();
  for (const node of document.definitions) if (node.kind === Kind.OPERATION_DEFINITION) level.add(node.selectionSet);
  for (let depth = 1; level.size > 0; depth += 1) {
    if (depth > limit) return true;
    level = fieldsBelow(level, fragments);
  }
  return false;
};

const fieldsBelow = (
  level: ReadonlySet<SelectionSetNode>,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): Set<SelectionSetNode> => {
  const next = new Set<SelectionSetNode>();
  const pending = [...level];
  const seen = new Set<SelectionSetNode>(level);
  const visit = (selectionSet: SelectionSetNode | undefined): void => {
    if (selectionSet === undefined || seen.has(selectionSet)) return;
    seen.add(selectionSet);
    pending.push(selectionSet);
  };
  for (let set = pending.pop(); set !== undefined; set = pending.pop()) {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        if (selection.selectionSet !== undefined) next.add(selection.selectionSet);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) visit(selection.selectionSet);
      else visit(fragments.get(selection.name.value)?.selectionSet);
    }
  }
  return next;
};

/** The parser is recursive, and literals may nest as deep as there are tokens. */
const parseWithinStack = (parse: () => DocumentNode): DocumentNode => {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new GraphQLError('The document is nested too deep.', { extensions: { code: 'IA_API_LIMIT' } });
  }
};

/** Refuses documents that are too large before they are executed, and introspection where it is switched off. */
export const useLimits = ({ isIntrospectionEnabled }: Readonly<{ isIntrospectionEnabled: boolean }>): Plugin => ({
  onParse({ params, parseFn, setParseFn }) {
    params.options = { ...params.options, maxTokens: MAX_TOKENS };
    setParseFn((source, options) => parseWithinStack(() => parseFn(source, options)));
  },
  onValidate({ addValidationRule }) {
    addValidationRule(documentLimits);
    if (!isIntrospectionEnabled) addValidationRule(noIntrospection);
  },
});
