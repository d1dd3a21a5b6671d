import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { createContext, runInContext } from 'node:vm';
import type { Outcome } from './judge.ts';

type Frame = { readonly type?: unknown; readonly id?: unknown; readonly [key: string]: unknown };
type Writable = { -readonly [K in keyof Outcome]: Outcome[K] extends readonly (infer T)[] ? T[] : Outcome[K] };

type Asked = { readonly url?: string; readonly headers?: readonly [string, string][] };

const MAX_FETCH_MS = 2_000;

/** Merges as one does who has not heard of `__proto__`; in a realm of its own, so that only that one is spoiled. */
const NAIVE_MERGE = `
const isContainer = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';
const merge = (target, source) => {
  for (const key of Object.keys(source)) {
    if (!isContainer(source[key])) target[key] = source[key];
    else merge(isContainer(target[key]) ? target[key] : (target[key] = {}), source[key]);
  }
};
const taken = () => JSON.stringify(Object.keys(Object.prototype));
`;

/** A host that parses each line and believes it: no bounds, no schema, no ids, no turns. */
export class NaiveReader {
  readonly #callId: number;
  readonly #realm = createContext({});
  readonly #pending: Promise<unknown>[] = [];
  #text = '';
  #stderr = '';
  #isAnswered = false;
  readonly #outcome: Writable = {
    output: undefined,
    error: undefined,
    logs: [],
    progress: [],
    costs: [],
    spans: [],
    metrics: [],
    reached: [],
    others: [],
  };

  constructor(callId: number) {
    this.#callId = callId;
    runInContext(NAIVE_MERGE, this.#realm);
  }

  read(chunk: Buffer): void {
    this.#text += chunk.toString('utf8');
    if (!chunk.includes('\n')) return;
    const lines = this.#text.split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) {
      try {
        this.#believe(JSON.parse(line) as Frame, line);
      } catch {
        // What is no frame is taken for a line that somebody printed.
        this.#outcome.logs.push({ level: 'info', message: line });
      }
    }
  }

  readError(chunk: Buffer): void {
    this.#stderr += chunk.toString('utf8');
    this.#outcome.error ??= { message: '' };
    Object.assign(this.#outcome.error as object, { details: { stderr: this.#stderr } });
  }

  async settle(): Promise<void> {
    await Promise.all(this.#pending);
  }

  end(): { readonly outcome: Outcome; readonly realmChanges: readonly string[] } {
    const taken = JSON.parse(runInContext('taken()', this.#realm) as string) as readonly string[];
    return { outcome: this.#outcome, realmChanges: taken };
  }

  #believe(frame: Frame, line: string): void {
    const outcome = this.#outcome;
    this.#merge(line);
    if (typeof frame !== 'object' || frame === null) return void outcome.reached.push(rawOf(frame));
    const { type, id } = frame;
    if (type === 'result' || type === 'error') return this.#settleCall(frame);
    if (type === 'log' && (id === this.#callId || id === 0)) {
      return void outcome.logs.push({ level: frame['level'], message: frame['message'] });
    }
    if (type === 'progress' && id === this.#callId)
      return void outcome.progress.push([frame['fraction'], frame['message']]);
    if (type === 'cost' && id === this.#callId) return void outcome.costs.push(frame['usd']);
    if (type === 'metric') return void outcome.metrics.push(frame);
    if (type === 'span') return void outcome.spans.push(frame);
    if (type === 'fetch') this.#fetch(frame['request'] as Asked | undefined);
    if (id === this.#callId && type !== 'pull' && type !== 'drop') outcome.reached.push(rawOf(frame));
    if (id !== this.#callId) outcome.others.push(frame);
  }

  #merge(line: string): void {
    if (!line.includes('prot')) return;
    runInContext(`merge({}, JSON.parse(${JSON.stringify(line)}))`, this.#realm);
  }

  #settleCall(frame: Frame): void {
    if (frame.id !== this.#callId) {
      // The one before may have been another tenant's; any other is believed to be the answer to somebody.
      if (frame.id !== 1) this.#outcome.others.push(frame);
      return;
    }
    if (this.#isAnswered) return void this.#outcome.others.push(frame);
    this.#isAnswered = true;
    if (frame.type === 'result') this.#outcome.output = frame['output'];
    else this.#outcome.error = { ...(frame['error'] as object), details: { stderr: this.#stderr } };
  }

  #fetch(request: Asked | undefined): void {
    if (request?.url === undefined) return;
    const { url, headers = [] } = request;
    const signal = AbortSignal.timeout(MAX_FETCH_MS);
    const asked = httpRequest(url, { headers: Object.fromEntries(headers), signal }).on('error', () => {});
    this.#pending.push(
      once(asked, 'response')
        .catch(() => undefined)
        .finally(() => asked.destroy()),
    );
    asked.end();
  }
}

const rawOf = (value: unknown): string => JSON.stringify(value) ?? String(value);
