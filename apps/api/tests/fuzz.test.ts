import { expect, it } from 'vitest';
import { fuzz } from './fuzz-session.ts';

/** IA_FUZZ_DOCUMENTS=50000 sends many more, IA_FUZZ_SEED others. */
const DOCUMENTS = Number(process.env['IA_FUZZ_DOCUMENTS'] ?? 1_500);
const SEED = Number(process.env['IA_FUZZ_SEED'] ?? 20_260_131);

it(
  'random documents find no defect',
  async () => {
    const findings = await fuzz(DOCUMENTS, SEED);
    expect(findings.slice(0, 3)).toEqual([]);
  },
  Math.max(120_000, DOCUMENTS * 40),
);
