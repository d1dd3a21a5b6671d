import type { Path, Severity } from '../diagnostic.ts';

/** One thing that was read from the older dialect. */
export type Rewrite = {
  /** Where it stands in the document as it was written. */
  readonly path: Path;
  /** `info`: rewritten. `warning`: dropped, and no run depends on it. `error`: could not be rewritten and stays as it is. */
  readonly severity: Severity;
  readonly message: string;
  readonly hint?: string | undefined;
};

const WAIT_HINT = 'Lead a transition from the step that comes first to the other.';

/** Collects what the normalizer did, and where each part of its result comes from. */
export class RewriteLog {
  readonly #rewrites: Rewrite[] = [];
  readonly #sources = new Map<string, Path>();
  readonly #leftovers = new Set<string>();

  get rewrites(): readonly Rewrite[] {
    return this.#rewrites;
  }

  rewritten(path: Path, message: string, hint?: string): void {
    this.#rewrites.push({ path, severity: 'info', message, hint });
  }

  lost(path: Path, message: string, hint?: string): void {
    this.#rewrites.push({ path, severity: 'warning', message, hint });
  }

  /** Says that something stays as it was. `covers` is the place whose other findings would only repeat this one. */
  leftover(path: Path, message: string, { hint, covers = path }: { hint?: string; covers?: Path } = {}): void {
    this.#rewrites.push({ path, severity: 'error', message, hint });
    this.#leftovers.add(keyOf(covers));
  }

  /** Says that a key is left out that only describes. */
  dropped(path: Path, value: unknown): void {
    const key = String(path.at(-1));
    if (key !== 'parallel' || value === true) this.rewritten(path, `'${key}' is left out: it only describes.`);
    else this.lost(path, "'parallel' is left out: what does not depend on each other runs at once.", WAIT_HINT);
  }

  /** Takes over what another log holds; of a part that could not be rewritten only what is wrong with it. */
  absorb(other: RewriteLog, isRewritten: boolean): void {
    for (const rewrite of other.#rewrites)
      if (isRewritten || rewrite.severity === 'error') this.#rewrites.push(rewrite);
    for (const key of other.#leftovers) this.#leftovers.add(key);
    if (isRewritten) for (const [target, source] of other.#sources) this.#sources.set(target, source);
  }

  /** Says where a part of the result comes from, and with it everything inside that is not placed itself. */
  place(target: Path, source: Path): void {
    this.#sources.set(keyOf(target), source);
  }

  readonly toSource = (target: Path): Path => {
    if (this.#sources.size === 0) return target;
    for (let length = target.length; length > 0; length -= 1) {
      const source = this.#sources.get(keyOf(target.slice(0, length)));
      if (source !== undefined) return [...source, ...target.slice(length)];
    }
    return target;
  };

  /** Whether a place in the source was reported as left over already. */
  readonly isLeftover = (source: Path): boolean => {
    if (this.#leftovers.size === 0) return false;
    return source.some((_, index) => this.#leftovers.has(keyOf(source.slice(0, index + 1))));
  };
}

const keyOf = (path: Path): string => path.join('\0');
