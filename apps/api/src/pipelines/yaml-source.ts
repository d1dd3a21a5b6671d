import { type Diagnostic, type Json, MAX_DEPTH } from '@ia-modules/engine';
import { type Document, isNode, LineCounter, parseDocument, type YAMLError } from 'yaml';

/** Far more than anybody writes by hand; larger ones are JSON, which is read many times faster. */
const MAX_YAML_CHARS = 1024 * 1024;

/** How many nodes aliases may stand for, in all: without it, a short text could mean gigabytes. */
const MAX_ALIASED_NODES = 1_000;

export type YamlSource = {
  /** What the text says, as JSON text; null when it can't be read. */
  readonly json: string | null;
  readonly diagnostics: readonly Diagnostic[];
  /** Where a JSON path stands in the text, or the nearest part of it that is there. */
  readonly locate: (path: string) => Place | null;
};

type Place = Pick<Diagnostic, 'line' | 'column'>;

/** What JSON begins with, or comments that JSON may begin with; an empty text too. */
const JSON_START = /^\uFEFF?\s*(?:[{[/]|$)/;

export const isYaml = (text: string): boolean => !JSON_START.test(text);

const finding = (code: Diagnostic['code'], message: string, place: Place = { line: 1, column: 1 }): Diagnostic => ({
  code,
  severity: 'error',
  path: '$',
  ...place,
  message,
  hint: null,
});

const unread = (diagnostic: Diagnostic): YamlSource => ({ json: null, diagnostics: [diagnostic], locate: () => null });

const syntaxFinding = ({ message, linePos }: YAMLError): Diagnostic => {
  const [start] = linePos ?? [];
  return finding('IA_PIPELINE_SYNTAX', message.split(' at line ', 1)[0] ?? message, {
    line: start?.line ?? 1,
    column: start?.col ?? 1,
  });
};

const SEGMENT = /\.(?<name>[A-Za-z_][A-Za-z0-9_]*)|\[(?<index>\d+)\]|\[(?<quoted>"(?:[^"\\]|\\.)*")\]/g;

const segmentsOf = (path: string): (string | number)[] =>
  [...path.matchAll(SEGMENT)].map(({ groups }) => {
    if (groups?.['index'] !== undefined) return Number(groups['index']);
    return groups?.['name'] ?? (JSON.parse(groups?.['quoted'] ?? '""') as string);
  });

const locateIn =
  (document: Document, lines: LineCounter): YamlSource['locate'] =>
  (path) => {
    const segments = segmentsOf(path);
    for (let length = segments.length; length >= 0; length -= 1) {
      const node = length === 0 ? document.contents : document.getIn(segments.slice(0, length), true);
      if (!isNode(node) || !node.range) continue;
      const { line, col } = lines.linePos(node.range[0]);
      return { line, column: col };
    }
    return null;
  };

/** A guard for the parser's stack, not an exact count: what passes is counted by the check of the definition. */
const isNestedTooDeep = (text: string): boolean => {
  let depth = 0;
  let deepest = 0;
  for (const character of text) {
    if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth -= 1;
    if (depth > deepest) deepest = depth;
  }
  // Each level of block style is one space deeper at least; `- - -` and `? ? ?` nest within a line.
  for (const [indent] of text.matchAll(/^[ ?-]*/gm)) if (indent.length > MAX_DEPTH * 4) return true;
  return deepest > MAX_DEPTH;
};

const tooDeep = (): Diagnostic =>
  finding('IA_PIPELINE_TOO_DEEP', `A definition may be nested ${MAX_DEPTH} levels deep.`);

const parseYaml = (text: string): YamlSource => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, schema: 'core', merge: false });
  if (document.errors.length > 0) {
    return { json: null, diagnostics: document.errors.map(syntaxFinding), locate: () => null };
  }
  const value = document.toJS({ maxAliasCount: MAX_ALIASED_NODES }) as Json;
  return { json: JSON.stringify(value), diagnostics: [], locate: locateIn(document, lines) };
};

/** Reads a definition that is written in YAML 1.2. One document, plain data: no tags of its own, few aliases. */
export const readYaml = (text: string): YamlSource => {
  if (text.length > MAX_YAML_CHARS) {
    const message = `A definition in YAML may have ${MAX_YAML_CHARS} characters; this one has ${text.length}.`;
    return unread(finding('IA_PIPELINE_TOO_LARGE', message));
  }
  if (isNestedTooDeep(text)) return unread(tooDeep());
  try {
    return parseYaml(text);
  } catch (error) {
    if (error instanceof RangeError) return unread(tooDeep());
    // Too many aliases, or one of what is not there.
    return unread(finding('IA_PIPELINE_SYNTAX', `The YAML can't be read: ${(error as Error).message}.`));
  }
};

/** Findings about JSON that was made of YAML, with their places in the YAML. */
export const placedIn = (diagnostics: readonly Diagnostic[], locate: YamlSource['locate']): readonly Diagnostic[] =>
  diagnostics.map((diagnostic) => ({ ...diagnostic, ...(locate(diagnostic.path) ?? { line: null, column: null }) }));
