import type { TestApi } from '@ia-modules/api/testing';
import type { TestDatabase } from '@ia-modules/database/testing';
import type { TestRun } from './control-fixture.ts';
import type { ExampleActor } from './example-block.ts';
import type { Data } from './graphql-client.ts';
import type { WorkerRows } from './recorded-run.ts';

/** A tenant in which examples are run, and what is made in it when they ask for it. */
export type ExampleScene = {
  readonly api: TestApi;
  readonly database: TestDatabase;
  readonly rows: WorkerRows;
  /** Global id. */
  readonly tenant: string;
  readonly rowId: string;
  readonly slug: string;
  readonly userId: string;
  readonly email: string;
  /** As the owner of the tenant. */
  readonly ask: (query: string, variables?: object) => Promise<Data>;
  readonly createPipeline: (definition: object) => Promise<string>;
  readonly start: (pipelineId: string) => Promise<TestRun>;
  /** Stores a run of a new pipeline, with the log of a real one. */
  readonly record: (definition: object, options?: Parameters<WorkerRows['record']>[2]) => Promise<TestRun>;
  readonly addMember: () => Promise<{ readonly userId: string; readonly email: string }>;
  /** The value of a placeholder: the same one each time. */
  readonly value: (name: string) => Promise<string>;
  /** What a request is signed with. */
  readonly credential: (actor: ExampleActor) => Promise<string | undefined>;
};
