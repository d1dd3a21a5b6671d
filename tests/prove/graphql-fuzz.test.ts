import { expect, test } from 'vitest';
import { fuzz } from '../../apps/api/tests/fuzz-session.ts';

const DOCUMENTS = 50_000;

test('fifty thousand random documents find no defect', async () => {
  const seed = Number(process.env['IA_FUZZ_SEED'] ?? Date.now() % 1_000_000);
  process.stdout.write(`IA_FUZZ_SEED=${seed} repeats this run\n`);
  const findings = await fuzz(DOCUMENTS, seed);
  expect(findings.slice(0, 5)).toEqual([]);
});
