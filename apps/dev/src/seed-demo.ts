import { PlatformError } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { runCommand } from './command.ts';
import { type PlatformAccess, readPlatformFile } from './platform-file.ts';
import { inRepository, SOURCE_FLAGS } from './repository.ts';
import { apiEnvironment, type ServiceContext } from './services.ts';

const demoSchema = z.object({ tenant: z.string(), email: z.string(), password: z.string(), apiToken: z.string() });

/** Makes the demo tenant, its owner and its pipelines where they are missing, and an API token where the last one is dead. */
export async function seedDemo(context: ServiceContext): Promise<PlatformAccess['demo']> {
  const knownToken = readPlatformFile(context.config.dataDir)?.demo.apiToken;
  const { code, stdout, output } = await runCommand(
    [process.execPath, ...SOURCE_FLAGS, inRepository('apps/api/src/seed.ts')],
    {
      env: {
        ...apiEnvironment(context),
        DATABASE_URL: undefined,
        IA_DEMO_PASSWORD: context.secrets.demoPassword,
        IA_DEMO_API_TOKEN: knownToken,
        LOG_LEVEL: 'error',
      },
    },
  );
  const demo = demoSchema.safeParse(lastJson(stdout));
  if (code === 0 && demo.success) return demo.data;
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
