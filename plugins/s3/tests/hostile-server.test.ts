import { createTestbed, listen } from '@ia-modules/plugin-testbed';
import { expect, test } from 'vitest';
import { plugin } from '../src/index.ts';
import packageJson from '../package.json' with { type: 'json' };

test('a listing without an end is not read', async () => {
  const server = await listen((_request, response) => {
    response.end(`<ListBucketResult>${'<Contents><Key>a</Key></Contents>'.repeat(150_000)}</ListBucketResult>`);
  });
  const bucket = { endpoint: server.origin, region: 'here', bucket: 'bucket' };
  const keys = { access_key_id: 'id', secret_access_key: 'key' };
  const listed = createTestbed({ plugin, packageJson }).step('list', { ...bucket, ...keys });
  await expect(listed).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
  await server.close();
});
