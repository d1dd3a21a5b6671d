import process from 'node:process';
import { createLog, describeError } from '@ia-modules/service';
import { readConfig } from './config.ts';
import { seedDemo } from './seed-demo.ts';
import { openServices } from './start-api.ts';

const main = async (): Promise<void> => {
  const config = readConfig(process.env);
  const { services, close } = openServices(config, createLog('seed', config.logLevel));
  try {
    const demo = await seedDemo(services, {
      apiUrl: config.publicApiUrl,
      password: process.env['IA_DEMO_PASSWORD'],
      apiToken: process.env['IA_DEMO_API_TOKEN'],
    });
    process.stdout.write(`${JSON.stringify(demo)}\n`);
  } finally {
    await close();
  }
};

try {
  await main();
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 1;
}
