import { PlatformError } from '@ia-modules/plugin-sdk';
import { readConfig } from './config.ts';
import { listMarketplacePackages, publishPackages } from './marketplace/index.ts';
import { readPlatformFile } from './platform-file.ts';

/** `npm run marketplace`: publishes the SDK, the command lines, the built-in plugins and the examples to the platform that runs here. */
const say = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  const access = readPlatformFile(readConfig(process.env).dataDir);
  if (access?.operator === undefined) {
    throw new PlatformError({
      code: 'IA_PLATFORM_PUBLISH',
      message: 'No platform was started here.',
      hint: 'Run `npm start` in another terminal, and this again when it says that it is ready.',
    });
  }
  const chosen = process.argv.slice(2);
  const offered = listMarketplacePackages();
  const unknown = chosen.filter((name) => !offered.some((item) => item.name === name));
  if (unknown.length > 0) {
    throw new PlatformError({
      code: 'IA_PLATFORM_PUBLISH',
      message: `There is no package ${unknown.join(', ')} here to publish.`,
      hint: `There are ${offered.map(({ name }) => name).join(', ')}.`,
    });
  }
  const packages = offered.filter(({ name }) => chosen.length === 0 || chosen.includes(name));
  const startedAt = performance.now();
  const count = await publishPackages({
    registry: access.registry,
    tokens: access.operator.publishers,
    packages,
    say,
  });
  say(`${count} of ${packages.length} packages published in ${((performance.now() - startedAt) / 1000).toFixed(0)} s.`);
} catch (error) {
  process.stderr.write(`${error instanceof PlatformError ? error.message : String((error as Error).stack)}\n`);
  if (error instanceof PlatformError && error.hint !== undefined) process.stderr.write(`→ ${error.hint}\n`);
  process.exitCode = 1;
}
