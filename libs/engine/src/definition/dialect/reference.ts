/** The names that references of the older dialect may begin with. */
export type Names = {
  readonly stepIds: ReadonlySet<string>;
  /** Steps that become `human.approval`: what people entered is under `values` of their output. */
  readonly approvalIds: ReadonlySet<string>;
  readonly parameterNames: ReadonlySet<string>;
  /** Filled with the parameters that are read as `pipeline_input.<name>`. */
  readonly inputsRead: Set<string>;
};

/** What a reference may look like: `a.b`, `steps.a.output.b`, `rows[0].id`; step ids may have dashes. */
export const REFERENCE = /^[A-Za-z_][\w-]*(?:\.[\w-]+|\[\d+\])*$/;

const STEP_FIELDS: ReadonlySet<string> = new Set(['output', 'status', 'error', 'attempts']);
const APPROVAL_FIELDS: ReadonlySet<string> = new Set(['approved', 'decisions', 'values']);
const IDENTIFIER = /^[A-Za-z_]\w*$/;
const NUMBER = /^\d+$/;
/** Words that CEL keeps for itself. */
const RESERVED: ReadonlySet<string> = new Set(
  'as break const continue else false for function if import in let loop namespace null package return true var void while'.split(
    ' ',
  ),
);

/**
 * Writes a reference as CEL: `draft.text` becomes `steps.draft.output.text`. Undefined when its first name is none that is known.
 * `result` is what `result.x` reads: the step that a transition comes from.
 */
export const toCelReference = (reference: string, names: Names, result?: string): string | undefined => {
  const segments = resolve(reference.match(/[\w-]+/g) ?? [], names, result);
  return segments === undefined ? undefined : printCel(segments);
};

const resolve = ([root = '', ...rest]: readonly string[], names: Names, result?: string): string[] | undefined => {
  const [first] = rest;
  if (root === 'parameters') return [root, ...rest];
  if (root === 'pipeline_input') {
    if (first !== undefined) names.inputsRead.add(first);
    return ['parameters', ...rest];
  }
  if (root === 'steps' || root === 'step_results') return first === undefined ? undefined : stepPath(names, rest);
  if (names.stepIds.has(root)) return outputPath(names, root, rest);
  if (root === 'result' && result !== undefined) return outputPath(names, result, rest);
  return rest.length === 0 && names.parameterNames.has(root) ? ['parameters', root] : undefined;
};

/** `steps.a.b` in full: what is no field of a step is one of its output. */
const stepPath = (names: Names, [id = '', ...rest]: readonly string[]): string[] =>
  STEP_FIELDS.has(rest[0] ?? '') && rest[0] !== 'output' ? ['steps', id, ...rest] : outputPath(names, id, rest);

const outputPath = (names: Names, id: string, path: readonly string[]): string[] => {
  const isWritten = path[0] === 'output' || path[0] === 'result';
  const inner = isWritten ? path.slice(1) : path;
  const isEntered = names.approvalIds.has(id) && inner.length > 0 && !APPROVAL_FIELDS.has(inner[0] ?? '');
  return ['steps', id, 'output', ...(isEntered ? ['values'] : []), ...inner];
};

export const printCel = ([root = '', ...rest]: readonly string[]): string =>
  root + rest.map((segment) => printSegment(segment)).join('');

const printSegment = (segment: string): string => {
  if (NUMBER.test(segment)) return `[${segment}]`;
  return IDENTIFIER.test(segment) && !RESERVED.has(segment) ? `.${segment}` : `[${JSON.stringify(segment)}]`;
};
