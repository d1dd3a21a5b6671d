import type { Command } from 'commander';
import type { Operation } from '../../platform/api-client.ts';
import { readJsonObject, wholeNumber } from '../../platform/argument-values.ts';
import type { Page } from '../../platform/documents/page-info.ts';
import { type NodeType, shortId } from '../../platform/global-id.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { readList } from '../../platform/read-list.ts';
import { formatTable, type Table } from '../../table.ts';
import type { CommandRegistration } from '../registration.ts';

/** What starts pipelines by itself, in one of its kinds. */
export type TriggerKind<T> = {
  readonly type: NodeType;
  /** `schedules` */
  readonly plural: string;
  readonly list: Operation<{ readonly tenant: { readonly list: Page<T> } | null }>;
  readonly remove: Operation<{ readonly deletedId: string }>;
  readonly toTable: (found: readonly T[]) => Table;
};

/** Adds `list` and `delete`, which all kinds have alike. */
export const addListAndDelete = <T>(registration: CommandRegistration, group: Command, kind: TriggerKind<T>): void => {
  platformCommand(group, 'list', `List the ${kind.plural} of the tenant.`)
    .option('--limit <n>', 'at most so many', wholeNumber(1, 10_000), 100)
    .action(
      withSession<{ readonly limit: number }>(registration, (session, { limit }) => listTriggers(session, kind, limit)),
    );
  platformCommand(group, 'delete <id>', 'Take it away; the runs that it started stay.').action(
    withSession<object, [string]>(registration, async (session, _options, [text]) => {
      const { deletedId } = await session.api.mutate(kind.remove, {
        input: { id: await session.idOf(kind.type, text) },
      });
      session.print({ json: { deletedId }, text: () => `${shortId(deletedId)} is deleted\n` });
    }),
  );
};

const listTriggers = async <T>(session: PlatformSession, kind: TriggerKind<T>, limit: number): Promise<void> => {
  const { slug } = await session.tenant();
  const found = await readList(limit, async (page) => {
    const { tenant } = await session.api.query(kind.list, { slug, ...page });
    return tenant?.list;
  });
  const { style, writeError } = session.terminal;
  session.print({ json: { [kind.plural]: found }, text: () => formatTable(kind.toTable(found), style) });
  if (found.length === 0 && !session.isJson) writeError(`No ${kind.plural}.\n`);
};

/** Options of everything that starts runs. */
export type StartOptions = {
  readonly pipeline: string;
  readonly name: string;
  readonly parameters?: string;
  readonly priority?: number;
  readonly disabled?: boolean;
};

export const addStartOptions = (command: Command): Command =>
  command
    .requiredOption('--pipeline <pipeline>', 'what it starts: the name or id of a pipeline')
    .requiredOption('--name <name>', 'its name, unique among those of the pipeline')
    .option('--priority <n>', 'of its runs', wholeNumber(-100, 100))
    .option('--disabled', 'make it without letting it start anything');

/** What they say, as the API takes it. */
export const readStartOptions = async (session: PlatformSession, options: StartOptions) => {
  const { pipeline, name, parameters, priority, disabled } = options;
  return {
    pipelineId: await session.pipelineId(pipeline),
    name,
    ...(parameters === undefined ? {} : { parameters: await readJsonObject(parameters, '--parameters') }),
    ...(priority === undefined ? {} : { priority }),
    ...(disabled === true ? { isEnabled: false } : {}),
  };
};

export const PARAMETERS_OPTION = ['-p, --parameters <json>', 'of its runs: a JSON object, or @file'] as const;
