import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ControlFixture, createControlFixture } from './control-fixture.ts';

let fixture: ControlFixture;
let pipelineId: string;

const FIRST = { version: '1.0.0', steps: [{ id: 'greet', uses: 'core.noop', with: { text: 'Hello' } }] };
const SECOND = { version: '1.1.0', steps: [{ id: 'greet', uses: 'core.noop', with: { text: 'Goodbye' } }] };

beforeAll(async () => {
  fixture = await createControlFixture();
});

afterAll(async () => {
  await fixture?.close();
});

const ERRORS = `... on Error { code message hint } ... on Conflict { currentVersion }
  ... on ValidationFailed { diagnostics { code severity path line column message } }`;
const SAVED =
  'pipeline { id name revision version definition } dryRun diagnostics { code severity path line column message }';

const mutate = async (name: string, input: object, token?: string) => {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}`;
  const fields = /rchive/.test(name) ? 'pipeline { id archivedAt }' : SAVED;
  const query = `mutation ($input: ${type}Input!) { ${name}(input: $input) { kind: __typename ... on ${type}Success { ${fields} } ${ERRORS} } }`;
  return (await fixture.ask(query, { input }, token))[name];
};

const pipeline = async (fields: string, id = pipelineId) =>
  (await fixture.ask(`query ($id: ID!) { node(id: $id) { ... on Pipeline { ${fields} } } }`, { id }))['node'];

const actionsOf = async () => {
  const query = 'select action, details from audit_log order by seq desc limit 1';
  return (await fixture.rows.query(query))[0];
};

let name: string;

beforeEach(async () => {
  name = `pipeline ${crypto.randomUUID()}`;
  pipelineId = await fixture.createPipeline({ ...FIRST, name });
  const second = await mutate('updatePipeline', {
    id: pipelineId,
    expectedVersion: 1,
    definition: { ...SECOND, name },
  });
  if (second.kind !== 'UpdatePipelineSuccess') throw new Error(JSON.stringify(second));
});

describe('versions', () => {
  it('are found by revision and by semantic version', async () => {
    const found =
      await pipeline(`first: versionAt(revision: 1) { version } second: versionAt(version: "1.1.0") { revision }
      none: versionAt(revision: 9) { id }`);
    expect(found).toEqual({ first: { version: '1.0.0' }, second: { revision: 2 }, none: null });
  });

  it('are compared part by part', async () => {
    const { diff } = await pipeline(`diff(from: 1) { isEqual from { revision } to { revision }
      changes { part kind name summary values { kind path before after } } }`);
    expect(diff).toMatchObject({ isEqual: false, from: { revision: 1 }, to: { revision: 2 } });
    expect(diff.changes).toEqual([
      {
        part: 'STEP',
        kind: 'CHANGED',
        name: 'greet',
        summary: 'step greet changed: with.text',
        values: [{ kind: 'CHANGED', path: '$.with.text', before: 'Hello', after: 'Goodbye' }],
      },
      expect.objectContaining({ part: 'SETTING', name: 'version', summary: 'setting version changed' }),
    ]);
    const { versionAt } = await pipeline(
      'versionAt(revision: 2) { diff(to: 1) { changes { summary } } same: diff { isEqual } }',
    );
    expect(versionAt).toMatchObject({ diff: { changes: [{}, {}] }, same: { isEqual: true } });
  });

  it('are shown as text and as a graph', async () => {
    const { latestVersion } = await pipeline(
      'latestVersion { source yaml: source(format: YAML) graph dot: graph(format: DOT) }',
    );
    expect(JSON.parse(latestVersion.source)).toEqual({ ...SECOND, name });
    expect(Object.keys(JSON.parse(latestVersion.source))).toEqual(['name', 'version', 'steps']);
    expect(latestVersion.yaml).toContain('steps:\n  - id: greet\n    uses: core.noop\n');
    expect(latestVersion.graph).toBe('flowchart TD\n  s0["greet (core.noop)"]\n');
    expect(latestVersion.dot).toContain('s0 [label="greet (core.noop)"];');
  });
});

describe('rollbackPipeline', () => {
  it('saves an old definition as the next revision, under the next version', async () => {
    const rolledBack = await mutate('rollbackPipeline', { id: pipelineId, revision: 1, expectedVersion: 2 });
    expect(rolledBack).toMatchObject({ kind: 'RollbackPipelineSuccess', pipeline: { revision: 3, version: '1.1.1' } });
    expect(rolledBack.pipeline.definition.steps).toEqual(FIRST.steps);
    expect(await actionsOf()).toMatchObject({
      action: 'pipeline.rollback',
      details: { before: { revision: 2, version: '1.1.0' }, after: { revision: 3, version: '1.1.1', restores: 1 } },
    });
  });

  it('shows what it would save', async () => {
    const input = { id: pipelineId, revision: 1, version: '2.0.0', expectedVersion: 2, dryRun: true };
    expect(await mutate('rollbackPipeline', input)).toMatchObject({ dryRun: true, pipeline: { version: '2.0.0' } });
    expect(await pipeline('revision')).toEqual({ revision: 2 });
  });

  it('is refused for what is not there, and for what somebody changed', async () => {
    const missing = await mutate('rollbackPipeline', { id: pipelineId, revision: 7, expectedVersion: 2 });
    expect(missing).toMatchObject({ kind: 'ValidationFailed', message: expect.stringContaining('no revision 7') });
    const late = await mutate('rollbackPipeline', { id: pipelineId, revision: 1, expectedVersion: 1 });
    expect(late).toMatchObject({ kind: 'Conflict', currentVersion: 2 });
  });
});

describe('the archive', () => {
  it('gives pipelines back', async () => {
    const unarchived = 'UnarchivePipelineSuccess';
    expect((await mutate('archivePipeline', { id: pipelineId })).pipeline.archivedAt).not.toBeNull();
    expect(await mutate('unarchivePipeline', { id: pipelineId, expectedVersion: 1 })).toMatchObject({
      kind: 'Conflict',
    });
    expect(await mutate('unarchivePipeline', { id: pipelineId })).toMatchObject({
      kind: unarchived,
      pipeline: { archivedAt: null },
    });
    expect(await actionsOf()).toMatchObject({ action: 'pipeline.unarchive' });
    expect(await mutate('unarchivePipeline', { id: pipelineId })).toMatchObject({ kind: unarchived });
    expect(await fixture.start(pipelineId)).toMatchObject({ id: expect.any(String) });
  });

  it('is for those who write pipelines', async () => {
    const { token } = await fixture.member('viewer');
    expect((await mutate('unarchivePipeline', { id: pipelineId }, token)).kind).toBe('Forbidden');
    expect((await mutate('rollbackPipeline', { id: pipelineId, revision: 1, expectedVersion: 2 }, token)).kind).toBe(
      'Forbidden',
    );
  });
});

const yamlOf = (pipelineName: string, uses = 'core.noop') => `# Greets
name: ${pipelineName}
steps:
  - id: greet
    uses: ${uses}
    with: { text: Hello }
`;

describe('importPipeline', () => {
  it('reads YAML, also as the next revision of a pipeline', async () => {
    const { tenantId } = fixture;
    const created = await mutate('importPipeline', { tenantId, source: yamlOf('from yaml') });
    expect(created).toMatchObject({ kind: 'ImportPipelineSuccess', pipeline: { name: 'from yaml', revision: 1 } });
    expect((await mutate('importPipeline', { tenantId, source: yamlOf('from yaml') })).kind).toBe('Conflict');
    const into = { pipelineId: created.pipeline.id, source: yamlOf('renamed') };
    expect((await mutate('importPipeline', { tenantId, ...into })).kind).toBe('ValidationFailed');
    const updated = await mutate('importPipeline', { tenantId, ...into, expectedVersion: 1 });
    expect(updated).toMatchObject({ pipeline: { id: created.pipeline.id, name: 'renamed', revision: 2 } });
  });

  it('says where in the YAML something is wrong', async () => {
    const wrong = await mutate('importPipeline', { tenantId: fixture.tenantId, source: yamlOf('wrong', 'core.nope') });
    expect(wrong).toMatchObject({
      kind: 'ValidationFailed',
      diagnostics: [{ severity: 'error', path: '$.steps[0].uses', line: 5, column: 11 }],
    });
    const broken = await mutate('importPipeline', { tenantId: fixture.tenantId, source: 'name: "x\nsteps: []' });
    expect(broken.diagnostics[0]).toMatchObject({ code: 'IA_PIPELINE_SYNTAX' });
  });

  it('rewrites the dialect of the original and says so', async () => {
    const definition = {
      name: 'old dialect',
      version: '1.0',
      parameters: [{ name: 'limit', schema: { type: 'integer' }, default: 50 }],
      steps: [{ id: 'a', uses: 'core.noop' }],
    };
    const imported = await mutate('importPipeline', { tenantId: fixture.tenantId, definition, dryRun: true });
    expect(imported).toMatchObject({ dryRun: true, pipeline: { definition: { version: '1.0.0' } } });
    expect(imported.pipeline.definition.parameters.properties.limit).toMatchObject({ type: 'integer', default: 50 });
    expect(imported.diagnostics).toContainEqual(
      expect.objectContaining({ code: 'IA_PIPELINE_IMPORT', severity: 'info' }),
    );
  });

  it('takes one source', async () => {
    const { tenantId } = fixture;
    expect((await mutate('importPipeline', { tenantId })).kind).toBe('ValidationFailed');
    expect((await mutate('importPipeline', { tenantId, source: '{}', definition: {} })).kind).toBe('ValidationFailed');
  });
});

describe('formatPipeline', () => {
  const format = async (args: string, variables: object) =>
    (
      await fixture.ask(
        `query ($tenantId: ID!, $source: String, $definition: JSON) {
          formatPipeline(tenantId: $tenantId, source: $source, definition: $definition${args}) {
            text isChanged isUpgradable diagnostics { code line } } }`,
        { tenantId: fixture.tenantId, ...variables },
      )
    )['formatPipeline'];

  it('brings keys into the order of the language, in the format that it came in', async () => {
    const source = '{"steps":[{"uses":"core.noop","id":"a"}],"name":"x"}';
    const json = await format('', { source });
    expect(json.text).toBe(
      '{\n  "name": "x",\n  "steps": [\n    {\n      "id": "a",\n      "uses": "core.noop"\n    }\n  ]\n}\n',
    );
    expect(await format('', { source: json.text })).toMatchObject({ isChanged: false });
    const yaml = await format('', { source: 'steps: [{uses: core.noop, id: a}]\nname: x\n' });
    expect(yaml.text).toBe('name: x\nsteps:\n  - id: a\n    uses: core.noop\n');
    expect(await format('', { source: yaml.text })).toMatchObject({ isChanged: false });
    expect((await format(', format: JSON', { source: yaml.text })).text).toBe(json.text);
    expect((await format(', format: YAML', { source: `// why\n${json.text}` })).text).toBe(yaml.text);
  });

  it('rewrites an older dialect when asked to', async () => {
    const definition = { name: 'x', steps: [{ id: 'a', uses: 'core.noop' }], parameters: [{ name: 'limit' }] };
    expect(await format('', { definition })).toMatchObject({ isUpgradable: true });
    const upgraded = await format(', upgrade: true', { definition });
    expect(upgraded).toMatchObject({ isUpgradable: false, diagnostics: [{ code: 'IA_PIPELINE_IMPORT' }] });
    expect(JSON.parse(upgraded.text).parameters).toMatchObject({ type: 'object' });
  });

  it('says what it can not read', async () => {
    expect(await format('', { source: '{"name": }' })).toMatchObject({
      text: null,
      diagnostics: [{ code: 'IA_PIPELINE_SYNTAX', line: 1 }],
    });
  });
});
