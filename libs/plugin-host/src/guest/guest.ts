/**
 * Runs inside the sandbox, as Deno's main module: loads the plugin and answers what the host asks over stdin and stdout, one JSON
 * frame a line (docs/protocol/plugin.md). It imports nothing but what lies beside it.
 */
import { contextOf, lifecycleContextOf, log, logUnhandled } from './context.ts';
import {
  deno,
  describeError,
  exit,
  type Frame,
  NativeTypeError,
  parse,
  property,
  setTimer,
  stringify,
  textOf,
  write,
  writeError,
} from './primitives.ts';
import { type FetchInput, guardedFetch, takeAnswer } from './requests.ts';
import {
  cancelCall,
  closeCall,
  currentCall,
  openCall,
  runInCall,
  type RunningCall,
  trackCalls,
} from './running-call.ts';

type GuestContribution = {
  readonly kind: string;
  readonly name: string;
  readonly describe: () => object;
  readonly run: (input: unknown, ctx: object) => unknown;
};
type GuestPlugin = {
  readonly contributions: readonly GuestContribution[];
  readonly init?: (ctx: object) => unknown;
  readonly health?: (ctx: object) => unknown;
  readonly shutdown?: () => unknown;
};
/** `start` is undefined until the first call asks for it. */
type Loaded = { readonly plugin: GuestPlugin; start: Promise<unknown> | undefined; isBroken: boolean };

const PROTOCOL_VERSION = 2;
const SHUTDOWN_MS = 1_000;

const startOnce = async (loaded: Loaded, call: RunningCall): Promise<void> => {
  loaded.start ??= (async () => loaded.plugin.init?.(lifecycleContextOf(call)))();
  try {
    await loaded.start;
  } catch (error) {
    loaded.isBroken = true;
    throw error;
  }
};

const work = async (loaded: Loaded, call: RunningCall): Promise<unknown> => {
  const { contributions, health } = loaded.plugin;
  const { type, kind, name, input } = call.frame;
  if (type === 'describe') return contributions.map((item) => ({ ...item.describe(), kind: item.kind }));
  await startOnce(loaded, call);
  if (type === 'health') return await health?.(lifecycleContextOf(call));
  const wanted = contributions.find((item) => item.kind === kind && item.name === name);
  if (wanted === undefined)
    throw new NativeTypeError(`The plugin has no ${textOf(() => kind)} "${textOf(() => name)}".`);
  return await wanted.run(input, contextOf(call));
};

const answer = async (loaded: Loaded, frame: Frame): Promise<void> => {
  const call = openCall(frame);
  const { id } = call;
  let told: object;
  try {
    const output = await runInCall(call, () => work(loaded, call));
    told = { type: 'result', id, output: parse(stringify(output) ?? 'null') as unknown };
  } catch (error) {
    told = { type: 'error', id, error: describeError(error), ...(loaded.isBroken ? { isFinal: true } : {}) };
  }
  closeCall(call, new NativeTypeError('The call is over.'));
  write(told);
};

const shutDown = async ({ plugin }: Loaded): Promise<void> => {
  setTimer(() => exit(0), SHUTDOWN_MS);
  try {
    await plugin.shutdown?.();
  } finally {
    exit(0);
  }
};

const handle = (loaded: Loaded, frame: Frame): void => {
  switch (frame.type) {
    case 'call':
    case 'health':
    case 'describe':
      return void answer(loaded, frame);
    case 'cancel':
      return cancelCall(frame.id, frame['reason']);
    case 'shutdown':
      return void shutDown(loaded);
    default:
      return takeAnswer(frame);
  }
};

const hardenGlobals = (): void => {
  const target = globalThis as unknown as Record<string, unknown>;
  for (const name of ['localStorage', 'sessionStorage', 'caches', 'Worker', 'WebSocket', 'EventSource'])
    delete target[name];
  delete (Object.getPrototypeOf(navigator) as Record<string, unknown>)['gpu'];
  target['fetch'] = (input: FetchInput, init?: RequestInit) => guardedFetch(currentCall(), input, init);
  const sink = console as unknown as Record<string, unknown>;
  for (const level of ['debug', 'info', 'warn', 'error']) {
    sink[level] = (...parts: unknown[]) => log(currentCall(), level, parts);
  }
  sink['log'] = sink['info'];
  const events = globalThis as unknown as EventTarget;
  events.addEventListener('unhandledrejection', (event) => {
    event.preventDefault();
    logUnhandled(currentCall(), property(event, 'reason'));
  });
};

const load = async (entryUrl: string): Promise<Loaded> => {
  const { plugin } = (await import(entryUrl)) as { readonly plugin?: Partial<GuestPlugin> };
  if (!Array.isArray(plugin?.contributions))
    throw new NativeTypeError('The entry module has no export `plugin` made by definePlugin.');
  const contributions = [...plugin.contributions] as readonly GuestContribution[];
  return { plugin: { ...plugin, contributions }, start: undefined, isBroken: false };
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
  const [entryUrl = '', concurrency] = deno.args;
  try {
    if (concurrency !== '1') await trackCalls();
    hardenGlobals();
    const loaded = await load(entryUrl);
    const contributions = loaded.plugin.contributions.map(({ kind, name }) => ({ kind, name }));
    write({ type: 'ready', protocol: PROTOCOL_VERSION, contributions });
    await readFrames((frame) => handle(loaded, frame));
    await shutDown(loaded);
  } catch (error) {
    writeError(`${textOf(() => property(error, 'name'), 100)}: ${textOf(() => property(error, 'message'))}`);
    exit(1);
  }
};

await main();
