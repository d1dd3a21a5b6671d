import { expect, it } from 'vitest';
import { fuzz } from './fuzz-session.ts';

/** `npm run prove` sends many more. */
const DOCUMENTS = 1_500;

it('random documents find no defect', async () => {
  const findings = await fuzz(DOCUMENTS, 20_260_131);
  expect(findings.slice(0, 3)).toEqual([]);
}, 120_000);
