import process from 'node:process';
import S3rver from '@20minutes/s3rver';
import { atomicObjects } from './s3-atomic-objects.ts';

const [directory = '', bucket = ''] = process.argv.slice(2);

const server = new S3rver({
  address: '127.0.0.1',
  port: 0,
  silent: true,
  directory,
  configureBuckets: [{ name: bucket }],
  // It takes the path of a bucket for another than what the client signed.
  allowMismatchedSignatures: true,
});
server.middleware.unshift(atomicObjects(server.store));
const { port } = await server.run();
process.on('disconnect', () => process.exit());
process.send?.({ port });
