import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';
import { type ControlFixture, createControlFixture } from './control-fixture.ts';
import { createRandom, DocumentFuzzer, type FuzzRequest } from './fuzz-documents.ts';

const AT_ONCE = 8;

export type FuzzFinding = FuzzRequest & { readonly status: number; readonly answer: string };

/** What the log or an answer calls a defect of the platform. */
const isDefect = (status: number, answer: string): boolean =>
  (status >= 500 && status !== 504) || answer.includes('IA_INTERNAL');

const idsOf = async (fixture: ControlFixture): Promise<readonly string[]> => {
  const pipelineId = await fixture.createPipeline({ steps: [{ id: 'a', uses: 'core.noop' }] });
  const run = await fixture.start(pipelineId);
  const page = await fixture.ask(
    '{ tenant(slug: "acme") { runs { edges { cursor } } pipelines { edges { cursor } } } }',
  );
  const { runs, pipelines } = page['tenant'];
  return [fixture.tenantId, pipelineId, run.id, runs.edges[0].cursor, pipelines.edges[0].cursor];
};

/** Sends random documents to a real API; what comes back that should not. */
export const fuzz = async (documents: number, seed: number): Promise<readonly FuzzFinding[]> => {
  const fixture = await createControlFixture();
  try {
    const schema = buildSchema(readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8'));
    const fuzzer = new DocumentFuzzer(schema, createRandom(seed), await idsOf(fixture));
    const findings: FuzzFinding[] = [];
    let left = documents;
    const send = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const request = fuzzer.next();
        const response = await fetch(fixture.api.graphqlUrl, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${fixture.token}` },
          body: JSON.stringify(request),
        });
        const answer = await response.text();
        if (isDefect(response.status, answer)) findings.push({ ...request, status: response.status, answer });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, send));
    return findings;
  } finally {
    await fixture.close();
  }
};
