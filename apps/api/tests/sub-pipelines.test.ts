import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlFixture, createControlFixture } from './control-fixture.ts';

let fixture: ControlFixture;

beforeAll(async () => {
  fixture = await createControlFixture();
});

afterAll(async () => {
  await fixture?.close();
});

const VALIDATE = `query ($tenantId: ID!, $definition: JSON!) { validatePipeline(tenantId: $tenantId, definition: $definition) {
  valid diagnostics { code severity path message } } }`;

const check = async (definition: object) => {
  const { validatePipeline } = await fixture.ask(VALIDATE, { tenantId: fixture.tenantId, definition });
  return validatePipeline;
};

const running = (uses: string, more: object = {}) => ({ name: 'above', steps: [{ id: 'sub', uses, ...more }] });

describe('a pipeline that runs another', () => {
  it('may be saved before the other, with a warning', async () => {
    expect(await check(running('pipeline:later@^2'))).toMatchObject({
      valid: true,
      diagnostics: [{ code: 'IA_PIPELINE_UNKNOWN_PIPELINE', severity: 'warning', path: '$.steps[0].uses' }],
    });
  });

  it('is checked against what the other takes and gives', async () => {
    const parameters = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] };
    const child = {
      name: 'child',
      version: '1.4.0',
      parameters,
      steps: [{ id: 'a', uses: 'core.noop' }],
      outputs: { sum: 1 },
    };
    await fixture.createPipeline(child);
    const fits = {
      ...running('pipeline:child@^1', { with: { n: 1 } }),
      outputs: { total: '{{ steps.sub.output.sum }}' },
    };
    expect(await check(fits)).toEqual({ valid: true, diagnostics: [] });
    expect((await check(running('pipeline:child', { with: { n: 'one' } }))).valid).toBe(false);
    expect((await check({ ...fits, outputs: { total: '{{ steps.sub.output.nope }}' } })).valid).toBe(false);
    expect((await check(running('pipeline:child@^2'))).diagnostics).toMatchObject([
      { code: 'IA_PIPELINE_UNKNOWN_PIPELINE', severity: 'warning' },
    ]);
  });

  it('has to say how deep when it comes back to itself', async () => {
    await fixture.createPipeline({ name: 'back', steps: [{ id: 'sub', uses: 'pipeline:above' }] });
    expect((await check(running('pipeline:back'))).diagnostics).toMatchObject([{ code: 'IA_PIPELINE_RECURSION' }]);
    expect((await check(running('pipeline:back', { max_depth: 3 }))).valid).toBe(true);
  });
});
