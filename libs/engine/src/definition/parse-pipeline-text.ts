import {
  findNodeAtLocation,
  getNodeValue,
  parseTree,
  printParseErrorCode,
  type Node,
  type ParseError,
} from 'jsonc-parser';
import { DiagnosticList, type Locate, type Path } from './diagnostic.ts';
import { MAX_DEPTH } from './nesting.ts';

export const MAX_TEXT_CHARS = 16 * 1024 * 1024;
export const MAX_SEPARATORS = 1_000_000;

const [QUOTE, BACKSLASH, COMMA, LINE_FEED] = [34, 92, 44, 10];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [123, 125, 91, 93];

/** `json` is strict; `jsonc` may have comments and trailing commas. */
export type PipelineFormat = 'json' | 'jsonc';

export type ParsedText = {
  /** Undefined when the text is no JSON. */
  readonly value: unknown;
  readonly diagnostics: DiagnosticList;
};

const BYTE_ORDER_MARK = '\uFEFF';

/** Reads a definition's text. What can't be read safely (size, depth, `__proto__`) is reported and not built. */
export const parsePipelineText = (source: string, format: PipelineFormat = 'json'): ParsedText => {
  const text = source.startsWith(BYTE_ORDER_MARK) ? source.slice(1) : source;
  const refused = refuseHostile(text);
  if (refused) return refused;
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, {
    disallowComments: format === 'json',
    allowTrailingComma: format === 'jsonc',
    allowEmptyContent: false,
  });
  const locateOffset = createOffsetLocator(text);
  const diagnostics = new DiagnosticList(createPathLocator(root, locateOffset));
  if (text !== source) {
    diagnostics.add({
      code: 'IA_PIPELINE_BOM',
      severity: 'info',
      path: [],
      message: 'The byte order mark at the start is ignored.',
    });
  }
  for (const error of errors) reportSyntax(diagnostics, locateOffset(error.offset), { error, format });
  if (root === undefined || errors.length > 0) return { value: undefined, diagnostics };
  const isSafe = checkKeys(root, diagnostics);
  return { value: isSafe ? (getNodeValue(root) as unknown) : undefined, diagnostics };
};

const refuseHostile = (text: string): ParsedText | undefined => {
  const diagnostics = new DiagnosticList(() => ({ line: 1, column: 1 }));
  if (text.length > MAX_TEXT_CHARS) {
    const message = `A definition may have ${MAX_TEXT_CHARS} characters; this one has ${text.length}.`;
    diagnostics.add({
      code: 'IA_PIPELINE_TOO_LARGE',
      path: [],
      message,
      hint: 'Move data into parameters, or split the pipeline.',
    });
    return { value: undefined, diagnostics };
  }
  const { depth, separators } = measureText(text);
  if (separators > MAX_SEPARATORS) {
    const message = `A definition may have ${MAX_SEPARATORS} values; this one has more.`;
    diagnostics.add({
      code: 'IA_PIPELINE_TOO_LARGE',
      path: [],
      message,
      hint: 'Move data into parameters, or split the pipeline.',
    });
    return { value: undefined, diagnostics };
  }
  if (depth <= MAX_DEPTH) return undefined;
  const message = `A definition may be nested ${MAX_DEPTH} levels deep.`;
  diagnostics.add({ code: 'IA_PIPELINE_TOO_DEEP', path: [], message });
  return { value: undefined, diagnostics };
};

/** How deep brackets nest and how many values there are, found without a parser, whose stack and memory could run out. */
const measureText = (text: string): { readonly depth: number; readonly separators: number } => {
  let depth = 0;
  let deepest = 0;
  let separators = 0;
  let isInString = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (isInString) {
      if (code === BACKSLASH) index += 1;
      else if (code === QUOTE || code === LINE_FEED) isInString = false;
    } else if (code === QUOTE) isInString = true;
    else if (code === COMMA) separators += 1;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
  }
  return { depth: deepest, separators };
};

type OffsetLocator = (offset: number) => { readonly line: number; readonly column: number };

const createOffsetLocator = (text: string): OffsetLocator => {
  let lineStarts: number[] | undefined;
  return (offset) => {
    lineStarts ??= [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)];
    let low = 0;
    let high = lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 };
  };
};

/** Finds the node of a path, or of the nearest part of it that exists. */
const createPathLocator =
  (root: Node | undefined, locateOffset: OffsetLocator): Locate =>
  (path) => {
    if (root === undefined) return undefined;
    for (let length = path.length; length > 0; length -= 1) {
      const node = findNodeAtLocation(root, path.slice(0, length));
      if (node) return locateOffset(node.offset);
    }
    return locateOffset(root.offset);
  };

type SyntaxProblem = { readonly error: ParseError; readonly format: PipelineFormat };

const reportSyntax = (
  diagnostics: DiagnosticList,
  at: ReturnType<OffsetLocator>,
  { error, format }: SyntaxProblem,
): void => {
  const name = printParseErrorCode(error.error);
  const words = name.replace(
    /([a-z])([A-Z])/g,
    (_, before: string, after: string) => `${before} ${after.toLowerCase()}`,
  );
  const isJsonc = name === 'InvalidCommentToken' || (name === 'PropertyNameExpected' && format === 'json');
  diagnostics.addAt(at, {
    code: 'IA_PIPELINE_SYNTAX',
    path: [],
    message: `${words}.`,
    hint: isJsonc ? 'Comments and trailing commas belong into a .jsonc file.' : undefined,
  });
};

/** Reports keys that stand twice or reach into a prototype; false when the value must not be built. */
const checkKeys = (root: Node, diagnostics: DiagnosticList): boolean => {
  let isSafe = true;
  const pending: { readonly node: Node; readonly path: Path }[] = [{ node: root, path: [] }];
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    const { node, path } = entry;
    if (node.type === 'array') {
      for (const [index, child] of (node.children ?? []).entries())
        pending.push({ node: child, path: [...path, index] });
      continue;
    }
    if (node.type !== 'object') continue;
    const seen = new Set<string>();
    for (const property of node.children ?? []) {
      const [key, value] = property.children ?? [];
      const name = String(key?.value);
      const childPath = [...path, name];
      if (name === '__proto__') {
        isSafe = false;
        diagnostics.add({
          code: 'IA_PIPELINE_UNSAFE_KEY',
          path: childPath,
          message: `The key '${name}' is not allowed.`,
        });
      }
      if (seen.has(name)) {
        diagnostics.add({
          code: 'IA_PIPELINE_DUPLICATE_KEY',
          path: childPath,
          message: `The key '${name}' stands twice in this object.`,
        });
      }
      seen.add(name);
      if (value?.children) pending.push({ node: value, path: childPath });
    }
  }
  return isSafe;
};
