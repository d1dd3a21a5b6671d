import { parseReport } from '@ia-modules/benchmark';
import { wholeNumber, readJson } from '../../platform/argument-values.ts';
import { benchmarkHistory, uploadBenchmark } from '../../platform/documents/benchmark-documents.ts';
import { shortId } from '../../platform/global-id.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import { readList } from '../../platform/read-list.ts';
import { printable } from '../../printable.ts';
import { printedDistance } from '../../printed-time.ts';
import { formatTable } from '../../table.ts';
import { UsageError } from '../../usage-error.ts';
import type { CommandRegistration } from '../registration.ts';
import { addBenchCompareCommand } from './compare.ts';
import { addBenchRunCommand } from './run.ts';

type UploadOptions = { readonly name: string; readonly label: string };

/** `ia-modules bench …`: how long pipelines take, here and over time. */
export const addBenchCommands = (registration: CommandRegistration): void => {
  const bench = registration.program.command('bench').description('Measure pipelines, and compare what was measured.');
  addBenchRunCommand(registration, bench);
  platformCommand(bench, 'upload <report>', 'Keep a report that `bench run` wrote.')
    .requiredOption('--name <name>', 'what is measured again and again')
    .requiredOption('--label <label>', 'what was measured this time: a commit, a version')
    .action(
      withSession<UploadOptions, [string]>(registration, async (session, { name, label }, [file]) => {
        const report = await readReport(file);
        const { id: tenantId } = await session.tenant();
        const input = { tenantId, name, label, report };
        const { benchmarkReport } = await session.api.mutate(uploadBenchmark, { input });
        session.print({ json: { benchmarkReport }, text: () => `${shortId(benchmarkReport.id)}\n` });
      }),
    );
  platformCommand(bench, 'history <name>', 'List the reports of a benchmark, newest first.')
    .option('--limit <n>', 'at most so many', wholeNumber(1, 1_000), 20)
    .action(
      withSession<{ readonly limit: number }, [string]>(registration, async (session, { limit }, [name]) => {
        const { slug } = await session.tenant();
        const reports = await readList(limit, async (page) => {
          const { tenant } = await session.api.query(benchmarkHistory, { slug, name, ...page });
          return tenant?.benchmark?.history;
        });
        const nowMs = Date.now();
        const rows = reports.map(({ id, label, createdAt }) => [
          shortId(id),
          printable(label),
          printedDistance(createdAt, nowMs),
        ]);
        const { style, writeError } = session.terminal;
        session.print({
          json: { reports },
          text: () => formatTable({ titles: ['ID', 'LABEL', 'UPLOADED'], rows }, style),
        });
        if (reports.length === 0 && !session.isJson) writeError('No reports.\n');
      }),
    );
  addBenchCompareCommand(registration, bench);
};

/** Says at once what the platform would refuse. */
const readReport = async (file: string) => {
  const value = await readJson(`@${file}`, file);
  const [problem] = parseReport(value).problems;
  if (problem !== undefined) throw new UsageError(`${file} is no report: ${problem.path} ${problem.message}`);
  return value;
};
