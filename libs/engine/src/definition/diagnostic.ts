import type { ErrorCode } from '@ia-modules/plugin-sdk';

/** An `error` keeps a definition from being saved or run; the others do not. */
export type Severity = 'error' | 'warning' | 'info';

/** One finding about a pipeline or its parameters. Lines and columns count from 1; both are null when the source was no text. */
export type Diagnostic = {
  readonly code: ErrorCode;
  readonly severity: Severity;
  /** JSON path of what the finding is about: `$.steps[2].with.url`. */
  readonly path: string;
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
  /** What to do next. */
  readonly hint: string | null;
};

export type PathSegment = string | number;
export type Path = readonly PathSegment[];

export type Position = { readonly line: number; readonly column: number };

/** Finds where a path stands in the source text; undefined when there is no text. */
export type Locate = (path: Path) => Position | undefined;

export type Finding = {
  readonly code: ErrorCode;
  readonly path: Path;
  readonly message: string;
  readonly severity?: Severity;
  /** A function is only asked for the first findings that are kept: hints can be costly to find. */
  readonly hint?: string | undefined | (() => string | undefined);
};

/** Leads from a form of the document that was made of the source back to it. */
export type Origin = {
  readonly toSource: (path: Path) => Path;
  /** Whether what is wrong at a place in the source was said already. */
  readonly isReported: (path: Path) => boolean;
};

export const MAX_DIAGNOSTICS = 1_000;
const MAX_SOUGHT_HINTS = 100;

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Prints a path as JSON path (RFC 9535), rooted at `$`. */
export const formatPath = (path: Path): string => {
  let text = '$';
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else text += IDENTIFIER.test(segment) ? `.${segment}` : `[${JSON.stringify(segment)}]`;
  }
  return text;
};

/** Collects findings, places them in the source and stops growing at {@link MAX_DIAGNOSTICS}, where errors take the place of lesser ones. */
export class DiagnosticList {
  readonly #items: Diagnostic[] = [];
  /** Where findings stand that make room for errors when the list is full. */
  readonly #lesser: number[] = [];
  readonly #locate: Locate;
  #origin: Origin | undefined;
  #told: ReadonlySet<ErrorCode> | undefined;
  #silent: ReadonlySet<string> = new Set();
  #dropped = 0;
  #soughtHints = 0;
  #errors = 0;

  constructor(locate: Locate = () => undefined) {
    this.#locate = locate;
  }

  get hasErrors(): boolean {
    return this.#errors > 0;
  }

  /** From here on findings are about another form of the document: each is told where the source says it. */
  speakOf(origin: Origin): void {
    this.#origin = origin;
  }

  /** From here on other findings are dropped, and those at places of which enough was said: too little is known for them. */
  tellOnly(codes: ReadonlySet<ErrorCode>, except: readonly Path[] = []): void {
    this.#told = codes;
    this.#silent = new Set(except.map(formatPath));
  }

  add(finding: Finding): void {
    if (this.#told?.has(finding.code) === false || this.#isSilentAt(finding.path)) return;
    const path = this.#origin?.toSource(finding.path) ?? finding.path;
    if (this.#origin?.isReported(path)) this.#count(finding);
    else if (!this.#hasRoom(finding)) this.#drop(finding);
    else this.addAt(this.#locate(path), { ...finding, path });
  }

  /** Adds a finding whose place is known. */
  addAt(position: Position | undefined, finding: Finding): void {
    const severity = finding.severity ?? 'error';
    if (!this.#hasRoom(finding)) {
      this.#drop(finding);
      return;
    }
    this.#count(finding);
    const isFull = this.#items.length >= MAX_DIAGNOSTICS;
    if (isFull) this.#dropped += 1;
    const place = isFull ? (this.#lesser.pop() ?? 0) : this.#items.length;
    if (severity !== 'error') this.#lesser.push(place);
    this.#items[place] = {
      code: finding.code,
      severity,
      path: formatPath(finding.path),
      line: position?.line ?? null,
      column: position?.column ?? null,
      message: finding.message,
      hint: this.#hintOf(finding) ?? null,
    };
  }

  #isSilentAt(path: Path): boolean {
    return this.#silent.size > 0 && path.some((_, index) => this.#silent.has(formatPath(path.slice(0, index + 1))));
  }

  #hintOf({ hint }: Finding): string | undefined {
    if (typeof hint !== 'function') return hint;
    this.#soughtHints += 1;
    return this.#soughtHints > MAX_SOUGHT_HINTS ? undefined : hint();
  }

  #hasRoom({ severity = 'error' }: Finding): boolean {
    return this.#items.length < MAX_DIAGNOSTICS || (severity === 'error' && this.#lesser.length > 0);
  }

  #drop(finding: Finding): void {
    this.#dropped += 1;
    this.#count(finding);
  }

  #count(finding: Finding): void {
    if ((finding.severity ?? 'error') === 'error') this.#errors += 1;
  }

  /** The findings in source order; should there be more than are kept, the last one says how many. */
  list(): Diagnostic[] {
    const list = this.#items.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
    if (this.#dropped === 0) return list;
    const message = `${this.#dropped} more findings are not listed.`;
    const more: Finding = { code: 'IA_PIPELINE_MORE', path: [], message };
    return [...list, { ...more, severity: 'info', path: '$', line: null, column: null, hint: 'Fix these first.' }];
  }
}
