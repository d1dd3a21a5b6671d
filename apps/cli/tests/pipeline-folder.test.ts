import { describe, expect, it } from 'vitest';
import { createPipelineFolder } from '../src/pipelines/pipeline-folder.ts';
import { runCommand } from '../src/testing.ts';
import { createFolder } from './run-command.ts';

const pipeline = (name: string, version?: string, steps: readonly object[] = [{ id: 'a', uses: 'core.noop' }]) => ({
  name,
  ...(version === undefined ? {} : { version }),
  steps,
});
const calling = (uses: string, change: object = {}) => [{ id: 'call', uses, ...change }];

const FILES = {
  'invoice-1.json': pipeline('invoice', '1.4.0'),
  'invoice-1.9.json': pipeline('invoice', '1.10.0'),
  'invoice-2.jsonc': `// the new one\n${JSON.stringify(pipeline('invoice', '2.0.0'))}`,
  'invoice-3.json': pipeline('invoice', '3.0.0-beta.1'),
  'draft.json': pipeline('draft'),
  'package.json': { name: 'invoice', version: '9.0.0' },
  'broken.json': '{"name": "invoice", "version": "8.0.0", "steps": [',
  'notes.txt': 'nothing',
  'wrong.json': pipeline('wrong', '1.0.0', [{ id: 'a', uses: 'core.nop' }]),
  'above-wrong.json': pipeline('above-wrong', '1.0.0', calling('pipeline:wrong')),
  'ping.json': pipeline('ping', '1.0.0', calling('pipeline:pong', { max_depth: 4 })),
  'pong.json': pipeline('pong', '1.0.0', calling('pipeline:./ping.json', { max_depth: 4 })),
};

describe('a folder of pipelines', () => {
  it.each([
    ['invoice', '*', '3.0.0-beta.1'],
    ['invoice', '^1', '1.10.0'],
    ['invoice', '1.4.0', '1.4.0'],
    ['invoice', '^2', '2.0.0'],
    ['invoice', '>=2', '2.0.0'],
    ['./invoice-1.json', '*', '1.4.0'],
    ['./invoice-1.json', '^1', '1.4.0'],
    ['invoice', '^8', undefined],
    ['invoice', '^9', undefined],
    ['./invoice-1.json', '^2', undefined],
    ['./nowhere.json', '*', undefined],
    ['./notes.txt', '*', undefined],
    ['draft', '^1', undefined],
    ['wrong', '*', undefined],
  ])('finds %s@%s in version %s', async (name, range, version) => {
    await using folder = await createFolder(FILES);
    expect(createPipelineFolder(folder.path).find(name, range)?.version).toBe(version);
  });

  it('takes a pipeline without a version for any', async () => {
    await using folder = await createFolder(FILES);
    expect(createPipelineFolder(folder.path).find('draft', '*')?.name).toBe('draft');
  });

  it('ends for pipelines that run each other', async () => {
    await using folder = await createFolder(FILES);
    const { stdout } = await runCommand('validate', `${folder.path}/ping.json`, `${folder.path}/pong.json`, '--json');
    expect(JSON.parse(stdout).files).toMatchObject([{ valid: true }, { valid: true }]);
  });

  it.each([
    ['wrong', 'wrong.json has errors: ia-modules validate '],
    ['above-wrong', 'above-wrong.json has errors: ia-modules validate '],
    ['invoce', "Did you mean 'invoice'?"],
  ])('tells why pipeline:%s can not be run', async (name, hint) => {
    await using folder = await createFolder(FILES);
    const file = await folder.write('main.json', pipeline('main', '1.0.0', calling(`pipeline:${name}`)));
    const { code, stdout } = await runCommand('validate', file, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout).files[0].diagnostics).toContainEqual(
      expect.objectContaining({ code: 'IA_PIPELINE_UNKNOWN_PIPELINE', hint: expect.stringContaining(hint) }),
    );
  });
});
