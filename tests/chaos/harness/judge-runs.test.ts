import { appendFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openChaos } from './chaos.ts';
import type { PerformedEffect } from './effect-journal.ts';
import { judgeRuns, noteCrash } from './judge-runs.ts';

test('the judge is content with runs that nothing befell, and sees what is tampered with', async () => {
  const { fixtures, journal, load, startWorker } = await openChaos();
  await startWorker().leading;
  await load.start(12);
  await load.untilEnded();
  const crashes = [await noteCrash(fixtures, journal)];
  const judge = () => judgeRuns({ fixtures, journal, ...load, crashes });
  expect(await judge()).toEqual([]);

  const effect = journal.read()[0] as PerformedEffect;
  appendFileSync(journal.file, `${JSON.stringify(effect)}\n`);
  expect(await judge()).toEqual([
    `${effect.idempotencyKey} was recorded and then performed again`,
    expect.stringContaining('a worker performed'),
  ]);

  const [lost, cut, doubled, changed] = load.acknowledged.map(({ runId }) => runId);
  const { pool } = fixtures;
  await pool.query('delete from run_event_chunks where run_id = $1 and first_seq > 1', [cut]);
  await pool.query(
    `insert into run_event_chunks (tenant_id, run_id, first_seq, last_seq, events)
     select tenant_id, run_id, 9999, 9999, json_build_array(events -> -1) from run_event_chunks
     where run_id = $1 order by first_seq desc limit 1`,
    [doubled],
  );
  await pool.query(`update runs set outputs = '{"tampered": true}' where id = $1`, [changed]);
  await pool.query('delete from runs where id = $1', [lost]);

  const found = await judge();
  const problemsOf = (runId: string | undefined) =>
    found.filter((problem) => problem.includes(`${runId}: `)).join('\n');
  expect(problemsOf(lost)).toContain('the run is lost');
  expect(problemsOf(cut)).toContain('0 terminal events');
  expect(problemsOf(doubled)).toContain('2 terminal events');
  expect(problemsOf(changed)).toContain('tampered');
});
