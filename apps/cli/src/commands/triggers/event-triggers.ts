import { Option } from 'commander';
import {
  createEventTrigger,
  deleteEventTrigger,
  type EventTrigger,
  eventTriggerList,
} from '../../platform/documents/trigger-documents.ts';
import { shortId } from '../../platform/global-id.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import { printable } from '../../printable.ts';
import type { Table } from '../../table.ts';
import type { CommandRegistration } from '../registration.ts';
import {
  addListAndDelete,
  addStartOptions,
  PARAMETERS_OPTION,
  readStartOptions,
  type StartOptions,
} from './trigger-kind.ts';

type CreateOptions = StartOptions & {
  readonly event: string;
  readonly source?: string;
  readonly status?: readonly string[];
  readonly plugin?: string;
};

/** `ia-modules triggers …`: pipelines that start when something happens. */
export const addTriggersCommands = (registration: CommandRegistration): void => {
  const group = registration.program
    .command('triggers')
    .description('Start pipelines when a run ends or a plugin is published.');
  const kind = {
    type: 'EventTrigger',
    plural: 'triggers',
    list: eventTriggerList,
    remove: deleteEventTrigger,
    toTable,
  } as const;
  addListAndDelete(registration, group, kind);
  addStartOptions(platformCommand(group, 'create', 'Make a trigger.'))
    .addOption(
      new Option('--event <event>', 'what it waits for')
        .choices(['run_ended', 'plugin_published'])
        .makeOptionMandatory(),
    )
    .option('--source <pipeline>', 'run_ended: only runs of this pipeline')
    .addOption(
      new Option('--status <status...>', 'run_ended: only runs that ended so').choices([
        'succeeded',
        'failed',
        'canceled',
      ]),
    )
    .option('--plugin <name>', 'plugin_published: only this one')
    .option(...PARAMETERS_OPTION)
    .action(
      withSession<CreateOptions>(registration, async (session, options) => {
        const { event, source, status, plugin } = options;
        const input = {
          ...(await readStartOptions(session, options)),
          event,
          ...(source === undefined ? {} : { sourcePipelineId: await session.pipelineId(source) }),
          ...(status === undefined ? {} : { statuses: status }),
          ...(plugin === undefined ? {} : { pluginName: plugin }),
        };
        const { eventTrigger } = await session.api.mutate(createEventTrigger, { input });
        session.print({ json: { trigger: eventTrigger }, text: () => `${shortId(eventTrigger.id)}\n` });
      }),
    );
};

const toTable = (found: readonly EventTrigger[]): Table => ({
  titles: ['ID', 'NAME', 'STARTS', 'WHEN', 'ENABLED', 'PROBLEM'],
  rows: found.map((trigger) => [
    shortId(trigger.id),
    printable(trigger.name),
    printable(trigger.pipeline.name),
    printable(describeEvent(trigger)),
    trigger.isEnabled ? 'yes' : 'no',
    printable(trigger.problem ?? ''),
  ]),
});

const describeEvent = ({ event, sourcePipeline, statuses, pluginName }: EventTrigger): string => {
  if (event === 'plugin_published') return `${pluginName ?? 'any plugin'} is published`;
  const how = statuses.length === 0 ? 'ends' : `ends ${statuses.join(' or ')}`;
  return event === 'run_ended' ? `a run of ${sourcePipeline?.name ?? 'another pipeline'} ${how}` : event;
};
