import { isTerminal, settleChild } from '@ia-modules/engine';
import type { InboxStore, StoredCommand } from '../inbox/inbox-store.ts';
import { toEndedChild, toRunCommand } from '../inbox/to-run-command.ts';
import type { InboxMessage } from '../run/hot-run.ts';
import type { RunReference, RunStore, StoredEnd, StoredRun } from '../run/run-store.ts';
import type { HotRuns } from './hot-runs.ts';

export type CommandDeliveryOptions = {
  readonly inbox: InboxStore;
  readonly store: Pick<RunStore, 'readRuns' | 'readEnds'>;
  readonly hotRuns: HotRuns;
};

const PAGE_COMMANDS = 1_000;

/** Brings the commands of the inbox to their runs, each once; runs that are not in memory are taken up for them. */
export class CommandDelivery {
  readonly #options: CommandDeliveryOptions;
  /** Commands that were brought and are not answered in the log yet, with their run. */
  readonly #brought = new Map<string, string>();
  /** Runs that nobody has begun, and for which there are commands. */
  readonly #expectant = new Set<string>();

  constructor(options: CommandDeliveryOptions) {
    this.#options = options;
  }

  /** Whether commands wait for a run to begin. */
  isAwaited({ runId }: RunReference): boolean {
    return this.#expectant.has(runId);
  }

  /** Brings a run's commands once more, as it left memory before it answered them. */
  forget({ runId }: RunReference): boolean {
    let hasForgotten = false;
    for (const [id, target] of this.#brought) {
      if (target !== runId) continue;
      this.#brought.delete(id);
      hasForgotten = true;
    }
    return hasForgotten;
  }

  async deliver(): Promise<void> {
    const { inbox } = this.#options;
    const pending = new Set<string>();
    this.#expectant.clear();
    for (let after = '0'; ; ) {
      const page = await inbox.pendingCommands(after, PAGE_COMMANDS);
      for (const { id } of page) pending.add(id);
      await this.#bring(await inbox.readCommands(page.filter(({ id }) => !this.#brought.has(id))));
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE_COMMANDS) break;
      after = last.id;
    }
    for (const id of this.#brought.keys()) if (!pending.has(id)) this.#brought.delete(id);
  }

  async #bring(commands: readonly StoredCommand[]): Promise<void> {
    if (commands.length === 0) return;
    const { store, hotRuns } = this.#options;
    const cold = commands.filter((command) => hotRuns.get(command.runId) === undefined);
    const coldRuns = new Map((await store.readRuns(cold)).map((run) => [run.runId, run]));
    const ends = await this.#readEnds(commands);
    for (const command of commands) await this.#bringOne(command, { run: coldRuns.get(command.runId), ends });
  }

  async #bringOne(command: StoredCommand, { run, ends }: Context): Promise<void> {
    const { inbox, hotRuns } = this.#options;
    if (hotRuns.get(command.runId) === undefined) {
      if (run === undefined || hotRuns.isKnown(command)) return;
      if (isTerminal(run.status)) {
        await inbox.consumeCommands(command);
        return;
      }
      if (run.lastSeq === 0 && command.kind !== 'cancel') {
        this.#expectant.add(run.runId);
        return;
      }
      hotRuns.start(run);
    }
    this.#brought.set(command.id, command.runId);
    hotRuns.get(command.runId)?.tell(toMessage(command, ends));
  }

  async #readEnds(commands: readonly StoredCommand[]): Promise<ReadonlyMap<string, StoredEnd>> {
    const children = commands.flatMap((command) => {
      const child = toEndedChild(command);
      return child === undefined ? [] : [{ tenantId: command.tenantId, runId: child.runId }];
    });
    return new Map((await this.#options.store.readEnds(children)).map((end) => [end.runId, end]));
  }
}

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
