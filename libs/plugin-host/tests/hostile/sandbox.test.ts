import { describe, expect, it } from 'vitest';
import { CORPUS, PROVEN } from './corpus.ts';
import { describeInSandbox } from './describe-in-sandbox.ts';

const MIN_ATTEMPTS = 120;
const MIN_PROOFS = 80;

describe('the hostile corpus', () => {
  it('is large, and most of it can be proven', () => {
    expect(new Set(CORPUS.map(({ id }) => id)).size).toBe(CORPUS.length);
    expect(CORPUS.length).toBeGreaterThanOrEqual(MIN_ATTEMPTS);
    expect(PROVEN.length).toBeGreaterThanOrEqual(MIN_PROOFS);
    console.log(`hostile corpus: ${CORPUS.length} attempts, ${PROVEN.length} of them with a proof`);
  });
});

describeInSandbox('the sandbox');
