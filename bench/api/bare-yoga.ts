/** The least that answers a query over the same library: what the API's own work is compared with. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { createSchema, createYoga } from 'graphql-yoga';

const schema = createSchema({
  typeDefs: 'type Query { viewer: Viewer } type Viewer { principalKind: String! }',
  resolvers: { Query: { viewer: () => ({ principalKind: 'token' }) } },
});
const yoga = createYoga({ schema, logging: false, landingPage: false });
const server = createServer((request, response) => void yoga(request, response));
server.listen(0, '127.0.0.1', () => {
  process.send?.({ type: 'ready', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
