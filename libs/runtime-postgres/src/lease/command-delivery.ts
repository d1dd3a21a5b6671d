import { isTerminal, settleChild } from '@ia-modules/engine';
import type { CommandReference, InboxStore, StoredCommand } from '../inbox/inbox-store.ts';
import { toEndedChild, toRunCommand } from '../inbox/to-run-command.ts';
import type { Clock } from '../run/clock.ts';
import type { InboxMessage } from '../run/hot-run.ts';
import type { RunReference, RunStore, StoredEnd, StoredRun } from '../run/run-store.ts';
import type { HotRuns } from './hot-runs.ts';

export type CommandDeliveryOptions = {
  readonly inbox: InboxStore;
  readonly store: Pick<RunStore, 'readRuns' | 'readEnds'>;
  readonly hotRuns: HotRuns;
  readonly clock: Clock;
};

const ALL_EVERY_MS = 3_000;
const PAGE_COMMANDS = 1_000;
const COMMANDS_PER_READ = 100;
/** What commands of a tenant that runs have not answered yet may take of the memory that all share. */
const MAX_BYTES_OF_TENANT = 32 * 1_024 * 1_024;
/** Commands of transactions that were under way at the same moment may become visible out of order. */
const OVERLAP = 1_000n;

type Brought = RunReference & { readonly bytes: number };

/** Brings the commands of the inbox to their runs, each once; runs that are not in memory are taken up for them. */
export class CommandDelivery {
  readonly #options: CommandDeliveryOptions;
  /** Commands that were brought and are not answered in the log yet, with their run. */
  readonly #brought = new Map<string, Brought>();
  readonly #bytesOfTenants = new Map<string, number>();
  #lastId = 0n;
  #allAtMs = 0;
  #isHoldingBack = false;

  constructor(options: CommandDeliveryOptions) {
    this.#options = options;
  }

  /** Whether commands wait until there is room for their runs. */
  get isHoldingBack(): boolean {
    return this.#isHoldingBack;
  }

  /** Brings a run's commands once more, as it left memory before it answered them. */
  forget({ runId }: RunReference): boolean {
    let hasForgotten = false;
    for (const [id, brought] of this.#brought) {
      if (brought.runId !== runId) continue;
      this.#drop(id);
      hasForgotten = true;
    }
    if (hasForgotten) this.#allAtMs = 0;
    return hasForgotten;
  }

  /** Brings what is new since the last time, and every few seconds all that there is. */
  async deliver(): Promise<void> {
    const elapsedMs = this.#options.clock.elapsed();
    if (elapsedMs < this.#allAtMs && !this.#isHoldingBack) {
      await this.#bringBehind(this.#lastId > OVERLAP ? this.#lastId - OVERLAP : 0n);
      return;
    }
    this.#allAtMs = elapsedMs + ALL_EVERY_MS;
    this.#isHoldingBack = false;
    await this.#bringAll();
  }

  /** Brings what was said to runs before they began. */
  async deliverTo(runs: readonly RunReference[]): Promise<void> {
    const { inbox } = this.#options;
    await this.#bring(await inbox.pendingCommandsOf(runs));
  }

  async #bringAll(): Promise<void> {
    const pending = await this.#bringBehind(0n);
    for (const id of this.#brought.keys()) if (!pending.has(id)) this.#drop(id);
  }

  async #bringBehind(first: bigint): Promise<ReadonlySet<string>> {
    const { inbox } = this.#options;
    const pending = new Set<string>();
    for (let after = String(first); ; ) {
      const page = await inbox.pendingCommands(after, PAGE_COMMANDS);
      for (const { id } of page) pending.add(id);
      await this.#bring(page);
      const last = page.at(-1);
      if (last === undefined) return pending;
      if (BigInt(last.id) > this.#lastId) this.#lastId = BigInt(last.id);
      if (page.length < PAGE_COMMANDS) return pending;
      after = last.id;
    }
  }

  #drop(id: string): void {
    const brought = this.#brought.get(id);
    if (brought === undefined) return;
    this.#brought.delete(id);
    const left = this.#bytesOf(brought) - brought.bytes;
    if (left > 0) this.#bytesOfTenants.set(brought.tenantId, left);
    else this.#bytesOfTenants.delete(brought.tenantId);
  }

  #bytesOf({ tenantId }: RunReference): number {
    return this.#bytesOfTenants.get(tenantId) ?? 0;
  }

  async #bring(references: readonly CommandReference[]): Promise<void> {
    const { inbox } = this.#options;
    const fresh = references.filter(({ id }) => !this.#brought.has(id));
    for (let start = 0; start < fresh.length; start += COMMANDS_PER_READ) {
      await this.#bringRead(await inbox.readCommands(fresh.slice(start, start + COMMANDS_PER_READ)));
    }
  }

  async #bringRead(commands: readonly StoredCommand[]): Promise<void> {
    const { store, hotRuns } = this.#options;
    if (commands.length === 0) return;
    const cold = commands.filter((command) => hotRuns.get(command.runId) === undefined);
    const coldRuns = new Map((await store.readRuns(cold)).map((run) => [run.runId, run]));
    const { ends, unreadable } = await this.#readEnds(commands);
    for (const command of commands) {
      if (!unreadable.has(command.id)) await this.#bringOne(command, { run: coldRuns.get(command.runId), ends });
    }
  }

  async #bringOne(command: StoredCommand, { run: cold, ends }: Context): Promise<void> {
    const { inbox, store, hotRuns } = this.#options;
    if (this.#bytesOf(command) > MAX_BYTES_OF_TENANT && command.kind !== 'cancel') {
      this.#isHoldingBack = true;
      return;
    }
    if (hotRuns.get(command.runId) === undefined) {
      // It may have left memory since the others were read.
      const run = cold ?? (await store.readRuns([command]))[0];
      if (run === undefined || hotRuns.isKnown(command)) return;
      if (isTerminal(run.status)) {
        await inbox.consumeCommands(command);
        return;
      }
      if (run.lastSeq === 0 && command.kind !== 'cancel') return;
      if (hotRuns.isCrowded && command.kind !== 'cancel') {
        this.#isHoldingBack = true;
        return;
      }
      hotRuns.start(run);
    }
    this.#brought.set(command.id, { tenantId: command.tenantId, runId: command.runId, bytes: command.bytes });
    this.#bytesOfTenants.set(command.tenantId, this.#bytesOf(command) + command.bytes);
    hotRuns.get(command.runId)?.tell(toMessage(command, ends));
  }

  /** One whose outputs blob storage does not give now is left for later: nobody else waits for it. */
  async #readEnds(commands: readonly StoredCommand[]): Promise<Ends> {
    const children = commands.flatMap((command) => {
      const child = toEndedChild(command);
      return child === undefined ? [] : [{ commandId: command.id, tenantId: command.tenantId, runId: child.runId }];
    });
    const ends = new Map<string, StoredEnd>();
    const unreadable = new Set<string>();
    const read = async (references: readonly RunReference[]): Promise<void> => {
      for (const end of await this.#options.store.readEnds(references)) ends.set(end.runId, end);
    };
    const readOne = (child: (typeof children)[number]): Promise<unknown> =>
      read([child]).catch(() => unreadable.add(child.commandId));
    await read(children).catch(() => Promise.all(children.map(readOne)));
    return { ends, unreadable };
  }
}

type Ends = {
  readonly ends: ReadonlyMap<string, StoredEnd>;
  /** Ids of the commands that can't be brought for now. */
  readonly unreadable: ReadonlySet<string>;
};

type Context = { readonly run: StoredRun | undefined; readonly ends: ReadonlyMap<string, StoredEnd> };

const toMessage = (command: StoredCommand, ends: ReadonlyMap<string, StoredEnd>): InboxMessage => {
  const child = toEndedChild(command);
  return {
    commandId: command.id,
    settle: (context) => {
      if (child === undefined) return toRunCommand(command);
      const request = context.expectedChild(child.key);
      const end = ends.get(child.runId);
      return request === undefined || end === undefined ? undefined : settleChild(request, end);
    },
  };
};
