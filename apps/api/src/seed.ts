import process from 'node:process';
import { createLog, describeError } from '@ia-modules/service';
import { z } from 'zod';
import { readConfig } from './config.ts';
import { seedDemo } from './seed-demo.ts';
import { seedOperator } from './seed-operator.ts';
import { openServices } from './start-api.ts';

/** The tokens of an earlier start, as this program printed them. */
const tokensSchema = z.preprocess(
  (text) => (typeof text === 'string' ? JSON.parse(text) : {}),
  z
    .object({ 'ia-modules': z.string().optional(), 'open-plugins': z.string().optional() })
    .transform((tokens) => ({ 'ia-modules': tokens['ia-modules'], 'open-plugins': tokens['open-plugins'] })),
);

const main = async (): Promise<void> => {
  const config = readConfig(process.env);
  const { services, close } = openServices(config, createLog('seed', config.logLevel));
  const { IA_DEMO_PASSWORD, IA_DEMO_API_TOKEN, IA_OPERATOR_PASSWORD, IA_PUBLISHER_TOKENS } = process.env;
  try {
    const demo = await seedDemo(services, {
      apiUrl: config.publicApiUrl,
      password: IA_DEMO_PASSWORD,
      apiToken: IA_DEMO_API_TOKEN,
    });
    const [email] = config.platformAdmins;
    const operator =
      email === undefined || IA_OPERATOR_PASSWORD === undefined
        ? undefined
        : await seedOperator(services, {
            email,
            password: IA_OPERATOR_PASSWORD,
            tokens: tokensSchema.parse(IA_PUBLISHER_TOKENS),
          });
    process.stdout.write(`${JSON.stringify({ demo, operator })}\n`);
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
