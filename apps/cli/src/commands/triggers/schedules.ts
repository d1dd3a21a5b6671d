import { Option } from 'commander';
import { notFound } from '../../platform/api-failure.ts';
import { wholeNumber } from '../../platform/argument-values.ts';
import {
  createSchedule,
  deleteSchedule,
  nextTimes,
  type Schedule,
  scheduleList,
} from '../../platform/documents/trigger-documents.ts';
import { shortId } from '../../platform/global-id.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import { printable } from '../../printable.ts';
import { printedDistance } from '../../printed-time.ts';
import type { Table } from '../../table.ts';
import type { CommandRegistration } from '../registration.ts';
import {
  addListAndDelete,
  addStartOptions,
  PARAMETERS_OPTION,
  readStartOptions,
  type StartOptions,
} from './trigger-kind.ts';

type CreateOptions = StartOptions & { readonly cron: string; readonly timeZone: string; readonly catchUp?: string };

/** `ia-modules schedules …`: pipelines that start at times. */
export const addSchedulesCommands = (registration: CommandRegistration): void => {
  const group = registration.program
    .command('schedules')
    .description('Start pipelines at the times of a cron expression.');
  const kind = { type: 'Schedule', plural: 'schedules', list: scheduleList, remove: deleteSchedule, toTable } as const;
  addListAndDelete(registration, group, kind);
  addStartOptions(platformCommand(group, 'create', 'Make a schedule.'))
    .requiredOption('--cron <expression>', 'five fields such as "0 9 * * MON-FRI", or six with seconds first')
    .requiredOption('--time-zone <name>', 'a name of the IANA database such as Europe/Zurich')
    .option(...PARAMETERS_OPTION)
    .addOption(
      new Option('--catch-up <policy>', 'what becomes of times that passed without a worker').choices([
        'skip',
        'latest',
        'all',
      ]),
    )
    .action(
      withSession<CreateOptions>(registration, async (session, options) => {
        const { cron, timeZone, catchUp } = options;
        const input = { ...(await readStartOptions(session, options)), cron, timeZone, ...(catchUp && { catchUp }) };
        const { schedule } = await session.api.mutate(createSchedule, { input });
        session.print({ json: { schedule }, text: () => `${shortId(schedule.id)}\n` });
      }),
    );
  platformCommand(group, 'next <id>', 'Say when a schedule comes next.')
    .option('--count <n>', 'how many times', wholeNumber(1, 100), 5)
    .action(
      withSession<{ readonly count: number }, [string]>(registration, async (session, { count }, [text]) => {
        const id = await session.idOf('Schedule', text);
        const { node } = await session.api.query(nextTimes, { id, count });
        if (node === null) throw notFound(`There is no schedule ${shortId(id)} that the token may see.`);
        session.print({ json: node, text: () => node.nextTimes.map((time) => `${time}\n`).join('') });
      }),
    );
};

const toTable = (found: readonly Schedule[]): Table => {
  const nowMs = Date.now();
  return {
    titles: ['ID', 'NAME', 'PIPELINE', 'CRON', 'TIME ZONE', 'NEXT', 'PROBLEM'],
    rows: found.map(({ id, name, pipeline, cron, timeZone, isEnabled, nextAt, problem }) => [
      shortId(id),
      printable(name),
      printable(pipeline.name),
      printable(cron),
      printable(timeZone),
      isEnabled ? (nextAt === null ? 'never' : printedDistance(nextAt, nowMs)) : 'disabled',
      printable(problem ?? ''),
    ]),
  };
};
