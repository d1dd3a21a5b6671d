import process from 'node:process';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { readConfig } from './config.ts';
import { seedDemo } from './seed-demo.ts';
import { openServices } from './start-api.ts';

const main = async (): Promise<void> => {
  const config = readConfig(process.env);
  const { services, close } = openServices(config);
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
  const text = error instanceof PlatformError ? `${error.code}: ${error.message}\n${error.hint ?? ''}` : String(error);
  process.stderr.write(`${text.trimEnd()}\n`);
  process.exitCode = 3;
}
