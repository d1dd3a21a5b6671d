import { createBlobStore } from '@ia-modules/blobs';
import { createDatabase } from '@ia-modules/database';
import { eraseTenant } from '../src/tenants/erase-tenant.ts';

/** Erases a tenant in a process of its own, which ends violently before the n-th statement that holds a text. */
const [url = '', blobUrl = '', tenantId = '', text = '', time = ''] = process.argv.slice(2);
const database = createDatabase({ url, maxConnections: 1 });
let seen = 0;

database.pool.on('connect', (client) => {
  const query = client.query.bind(client);
  client.query = ((...args: readonly unknown[]) => {
    const [statement] = args;
    if (typeof statement === 'string' && statement.includes(text)) seen += 1;
    if (seen === Number(time)) process.kill(process.pid, 'SIGKILL');
    return Reflect.apply(query, undefined, args);
  }) as typeof query;
});

await eraseTenant({ database, blobs: createBlobStore(blobUrl) }, tenantId);
await database.close();
