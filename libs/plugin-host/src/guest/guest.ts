/**
 * Runs inside the sandbox, as Deno's main module: loads the plugin, answers one call at a time over stdin and stdout, one
 * JSON frame a line (docs/protocol/plugin.md). It imports nothing. What it needs is captured before the plugin loads, so
 * that a plugin which patches globals breaks only itself; safety never rests on this file, it rests on the cage and the host.
 */
type Frame = { readonly type: string; readonly id: number; readonly [key: string]: unknown };
type PluginStep = {
  readonly kind: string;
  readonly name: string;
  readonly run: (input: unknown, ctx: object) => unknown;
};
type Call = { readonly id: number; readonly controller: AbortController; isOver: boolean };
type FetchInput = string | URL | Request;
type PendingFetch = { resolve(frame: Frame): void };
type DenoApi = {
  readonly args: readonly string[];
  readonly stdin: { readonly readable: ReadableStream<Uint8Array> };
  readonly stdout: { writeSync(bytes: Uint8Array): number };
  readonly stderr: { writeSync(bytes: Uint8Array): number };
  exit(code: number): never;
};

const deno = (globalThis as unknown as { readonly Deno: DenoApi }).Deno;
const { parse, stringify } = JSON;
const { isFinite: isFiniteNumber } = Number;
const stdout = deno.stdout;
const writeSync = stdout.writeSync.bind(stdout);
const exit = deno.exit.bind(deno);
const encoder = new TextEncoder();
const encode = encoder.encode.bind(encoder);
const NativeRequest = Request;
const NativeResponse = Response;
const NativePromise = Promise;
const NativeRangeError = RangeError;
const PROTOCOL_VERSION = 1;
const MAX_TEXT_CHARS = 2_000;
const MAX_LOG_CHARS = 4_096;
const NULL_BODY_STATUSES = new Set([101, 204, 205, 304]);

type Base64Bytes = Uint8Array<ArrayBuffer> & { toBase64(): string };
const fromBase64 = (Uint8Array as unknown as { fromBase64(text: string): Uint8Array<ArrayBuffer> }).fromBase64.bind(
  Uint8Array,
);
const toBase64 = (bytes: Uint8Array<ArrayBuffer>): string => (bytes as Base64Bytes).toBase64();

const calls: { current: Call | null } = { current: null };
const pendingFetches = new Map<number, PendingFetch>();
let lastFetchId = 0;

const write = (frame: object): void => {
  let bytes = encode(`${stringify(frame)}\n`);
  while (bytes.length > 0) bytes = bytes.subarray(writeSync(bytes));
};

const textOf = (read: () => unknown, maxChars = MAX_TEXT_CHARS): string => {
  try {
    return String(read()).slice(0, maxChars);
  } catch {
    return '?';
  }
};

const property = (value: unknown, key: string): unknown => {
  try {
    return (value as Record<string, unknown> | null | undefined)?.[key];
  } catch {
    return undefined;
  }
};

const describeError = (thrown: unknown): object => {
  const code = property(thrown, 'code');
  const hint = property(thrown, 'hint');
  return {
    name: textOf(() => property(thrown, 'name') ?? 'Error', 100),
    message: textOf(() => property(thrown, 'message') ?? thrown),
    retryable: property(thrown, 'retryable') !== false,
    ...(typeof code === 'string' ? { code: textOf(() => code, 64) } : {}),
    ...(typeof hint === 'string' ? { hint: textOf(() => hint) } : {}),
  };
};

const log = (call: Call | null, level: string, parts: readonly unknown[]): void => {
  if (call === null || call.isOver) return;
  const message = textOf(() => parts.map((part) => textOf(() => render(part), MAX_LOG_CHARS)).join(' '), MAX_LOG_CHARS);
  write({ type: 'log', id: call.id, level, message });
};

const render = (part: unknown): unknown => {
  if (part instanceof Error) return `${part.name}: ${part.message}`;
  return typeof part === 'object' && part !== null ? stringify(part) : part;
};

const guardedFetch = async (call: Call | null, input: FetchInput, init?: RequestInit): Promise<Response> => {
  const request = new NativeRequest(input, init);
  const body = request.body === null ? null : toBase64(new Uint8Array(await request.arrayBuffer()));
  if (call === null || call.isOver) throw new TypeError('fetch works only while a step runs.');
  const fetchId = ++lastFetchId;
  const answer = await new NativePromise<Frame>((resolve, reject) => {
    pendingFetches.set(fetchId, { resolve });
    const abort = (): void => {
      pendingFetches.delete(fetchId);
      reject(request.signal.reason);
    };
    if (request.signal.aborted) return abort();
    request.signal.addEventListener('abort', abort, { once: true });
    write({
      type: 'fetch',
      id: call.id,
      fetchId,
      request: {
        url: request.url,
        method: request.method,
        headers: [...request.headers],
        redirect: request.redirect,
        body,
      },
    });
  });
  return toResponse(answer);
};

const toResponse = (answer: Frame): Response => {
  const error = answer['error'] as { name: string; code: string; message: string; retryable: boolean } | undefined;
  if (error !== undefined) throw Object.assign(new TypeError(error.message), error);
  const result = answer['response'] as {
    readonly url: string;
    readonly status: number;
    readonly statusText: string;
    readonly redirected: boolean;
    readonly headers: [string, string][];
    readonly body: string;
  };
  const response = new NativeResponse(NULL_BODY_STATUSES.has(result.status) ? null : fromBase64(result.body), {
    status: result.status,
    statusText: result.statusText,
    headers: result.headers,
  });
  Object.defineProperties(response, { url: { value: result.url }, redirected: { value: result.redirected } });
  return response;
};

const contextOf = (call: Call, frame: Frame): object => ({
  fetch: (input: FetchInput, init?: RequestInit) => guardedFetch(call, input, init),
  logger: {
    debug: (message: string) => log(call, 'debug', [message]),
    info: (message: string) => log(call, 'info', [message]),
    warn: (message: string) => log(call, 'warn', [message]),
    error: (message: string) => log(call, 'error', [message]),
  },
  signal: call.controller.signal,
  secrets: frame['secrets'],
  idempotencyKey: frame['idempotencyKey'],
  progress: (fraction: number, message?: string) => {
    if (call.isOver || !isFiniteNumber(fraction)) return;
    const bounded = fraction < 0 ? 0 : fraction > 1 ? 1 : fraction;
    write({
      type: 'progress',
      id: call.id,
      fraction: bounded,
      ...(message === undefined ? {} : { message: textOf(() => message, 500) }),
    });
  },
  cost: (usd: number) => {
    if (!isFiniteNumber(usd) || usd < 0) throw new NativeRangeError('A cost is a number of US dollars, 0 or more.');
    if (!call.isOver) write({ type: 'cost', id: call.id, usd });
  },
});

const run = async (frame: Frame, steps: ReadonlyMap<string, PluginStep>): Promise<void> => {
  const call: Call = { id: frame.id, controller: new AbortController(), isOver: false };
  calls.current = call;
  let answer: object;
  try {
    const step = steps.get(frame['step'] as string);
    if (step === undefined) throw new TypeError(`The plugin has no step "${String(frame['step'])}".`);
    const output = await step.run(frame['input'], contextOf(call, frame));
    answer = { type: 'result', id: call.id, output: parse(stringify(output) ?? 'null') as unknown };
  } catch (error) {
    answer = { type: 'error', id: call.id, error: describeError(error) };
  }
  call.isOver = true;
  calls.current = null;
  pendingFetches.clear();
  write(answer);
};

const handle = (frame: Frame, steps: ReadonlyMap<string, PluginStep>): void => {
  if (frame.type === 'call') void run(frame, steps);
  if (frame.type === 'cancel' && calls.current?.id === frame.id) calls.current.controller.abort();
  if (frame.type === 'fetch_result') {
    const fetchId = frame['fetchId'] as number;
    const pending = pendingFetches.get(fetchId);
    pendingFetches.delete(fetchId);
    pending?.resolve(frame);
  }
};

const hardenGlobals = (): void => {
  const target = globalThis as unknown as Record<string, unknown>;
  for (const name of ['localStorage', 'sessionStorage', 'caches', 'Worker', 'WebSocket', 'EventSource'])
    delete target[name];
  delete (Object.getPrototypeOf(navigator) as Record<string, unknown>)['gpu'];
  target['fetch'] = (input: FetchInput, init?: RequestInit) => guardedFetch(calls.current, input, init);
  const sink = console as unknown as Record<string, unknown>;
  for (const level of ['debug', 'info', 'warn', 'error']) {
    sink[level] = (...parts: unknown[]) => log(calls.current, level, parts);
  }
  sink['log'] = sink['info'];
  const events = globalThis as unknown as EventTarget;
  events.addEventListener('unhandledrejection', (event) => {
    event.preventDefault();
    log(calls.current, 'warn', ['unhandled rejection:', property(event, 'reason')]);
  });
};

const loadSteps = async (entryUrl: string): Promise<ReadonlyMap<string, PluginStep>> => {
  const module = (await import(entryUrl)) as { readonly plugin?: { readonly contributions?: unknown } };
  const contributions = module.plugin?.contributions;
  if (!Array.isArray(contributions))
    throw new TypeError('The entry module has no export `plugin` made by definePlugin.');
  return new Map((contributions as PluginStep[]).map((item) => [item.name, item]));
};

const readFrames = async (onFrame: (frame: Frame) => void): Promise<void> => {
  const decoder = new TextDecoder();
  let buffered: string[] = [];
  for await (const chunk of deno.stdin.readable) {
    const lines = decoder.decode(chunk, { stream: true }).split('\n');
    const last = lines.pop() ?? '';
    for (const line of lines) {
      const text = buffered.join('') + line;
      buffered = [];
      onFrame(parse(text) as Frame);
    }
    buffered.push(last);
  }
};

const main = async (): Promise<void> => {
  hardenGlobals();
  try {
    const steps = await loadSteps(deno.args[0] ?? '');
    write({ type: 'ready', protocol: PROTOCOL_VERSION, steps: [...steps.keys()] });
    await readFrames((frame) => handle(frame, steps));
    exit(0);
  } catch (error) {
    deno.stderr.writeSync(
      encode(`${textOf(() => property(error, 'name'), 100)}: ${textOf(() => property(error, 'message'))}`),
    );
    exit(1);
  }
};

await main();
