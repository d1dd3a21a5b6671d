import { PlatformError } from '@ia-modules/plugin-sdk';
import { runCommand } from './command.ts';
import { type PlatformAccess, readPlatformFile, seededSchema } from './platform-file.ts';
import { inRepository, SOURCE_FLAGS } from './repository.ts';
import { apiEnvironment, type ServiceContext } from './services.ts';

/**
 * Makes the demo tenant with its owner and pipelines, and the operator with the tenants whose plugins come with the
 * platform, where they are missing; and API tokens where the last ones are dead.
 */
export async function seedDemo(context: ServiceContext): Promise<Pick<PlatformAccess, 'demo' | 'operator'>> {
  const known = readPlatformFile(context.config.dataDir);
  const { code, stdout, output } = await runCommand(
    [process.execPath, ...SOURCE_FLAGS, inRepository('apps/api/src/seed.ts')],
    {
      env: {
        ...apiEnvironment(context),
        DATABASE_URL: undefined,
        IA_DEMO_PASSWORD: context.secrets.demoPassword,
        IA_DEMO_API_TOKEN: known?.demo.apiToken,
        IA_OPERATOR_PASSWORD: context.secrets.operatorPassword,
        IA_PUBLISHER_TOKENS: JSON.stringify(known?.operator?.publishers ?? {}),
        LOG_LEVEL: 'error',
      },
    },
  );
  const seeded = seededSchema.safeParse(lastJson(stdout));
  if (code === 0 && seeded.success) return seeded.data;
  throw new PlatformError({
    code: 'IA_PLATFORM_SEED',
    message: `The demo tenant could not be made:\n${output.split('\n').slice(-15).join('\n')}`,
    hint: 'If the database holds data of another version, start with an empty one (IA_DATA_DIR or DATABASE_URL).',
    fault: 'infra',
  });
}

function lastJson(stdout: string): unknown {
  try {
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  } catch {
    return undefined;
  }
}
