import { PlatformError } from '@ia-modules/plugin-sdk';
import { blobKey } from '@ia-modules/runtime-postgres';
import { toConnection } from '../../page.ts';
import { eventCursorKey, pageOfEvents, parseLogPage } from '../../runs/log-page.ts';
import type { RunRow } from '../../runs/run-rows.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { RunEventRef, RunRef } from '../refs.ts';

const keyOf = ({ tenantId, id }: RunRow, sha256: string): string => blobKey({ tenantId, runId: id }, sha256);

const SHA256 = /^[0-9a-f]{64}$/;

builder.objectField(RunRef, 'isLogPruned', (t) =>
  t.boolean({
    description: 'Whether the log was removed, as it was older than the tenant keeps logs: `events` has a gap then.',
    resolve: (run) => run.prunedAt !== null,
  }),
);

builder.objectField(RunRef, 'logPrunedAt', (t) =>
  t.expose('prunedAt', {
    description: 'When the log was removed; null while it is kept.',
    type: 'DateTime',
    nullable: true,
  }),
);

builder.objectField(RunRef, 'archivedEvents', (t) =>
  t.connection({
    type: RunEventRef,
    nullable: true,
    description: 'The log of a run that was pruned, where the tenant archives logs; else null.',
    complexity: connectionCost,
    resolve: async (run, args, context) => {
      const page = parseLogPage(run.id, args);
      const events = run.archiveKey === null ? null : await context.loaders.archivedLogs.load(run.archiveKey);
      return events === null ? null : toConnection(page, pageOfEvents(run.id, events, page), eventCursorKey);
    },
  }),
);

builder.objectField(RunRef, 'blob', (t) =>
  t.field({
    type: 'JSON',
    nullable: true,
    description:
      'A value that is too large for the log, where `{"$blob": {"sha256", "bytes"}}` stands in its place; null when there is none, or it went with the log.',
    args: {
      sha256: t.arg.string({
        description: 'What stands in `$blob.sha256`: 64 digits of lower-case hex.',
        required: true,
      }),
    },
    resolve: (run, { sha256 }, context) => {
      if (SHA256.test(sha256)) return context.loaders.largeValues.load(keyOf(run, sha256));
      throw new PlatformError({
        code: 'IA_API_INVALID',
        message: '`sha256` must be a SHA-256 in lower-case hex.',
        hint: 'Pass what stands in `$blob.sha256`.',
      });
    },
  }),
);
