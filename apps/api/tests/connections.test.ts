import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ControlFixture, createControlFixture } from './control-fixture.ts';
import { send } from './graphql-client.ts';

/** More than there are connections to the database. */
const AT_ONCE = 60;
const START = `mutation ($input: StartRunInput!) { startRun(input: $input) { kind: __typename } }`;

let fixture: ControlFixture;
let pipelineId: string;

beforeAll(async () => {
  fixture = await createControlFixture({});
  pipelineId = await fixture.createPipeline({ steps: [{ id: 'a', uses: 'core.noop' }] });
});

afterAll(async () => {
  await fixture?.close();
});

// Each reads, then asks who its caller is by now, then writes. With one pool for all three they would wait for each other.
it('changes do not starve each other of connections, also when nobody is remembered', async () => {
  await fixture.rows.query(`select pg_notify('membership_changed', 'nobody'), pg_notify('token_revoked', 'nothing')`);
  const variables = { input: { pipelineId, debug: {} } };
  const answers = await Promise.all(
    Array.from({ length: AT_ONCE }, () => send(fixture.api, { token: fixture.token, query: START, variables })),
  );
  const kinds = answers.map(({ data, errors }) => data?.['startRun'].kind ?? errors?.[0]?.extensions?.['code']);
  // A machine that is very busy may tell the last ones to come again.
  expect(kinds.filter((kind) => kind !== 'StartRunSuccess' && kind !== 'IA_API_BUSY')).toEqual([]);
  expect(kinds.filter((kind) => kind === 'StartRunSuccess').length).toBeGreaterThan(AT_ONCE / 2);
});
