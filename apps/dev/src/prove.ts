import { runTestSession } from './testing/test-session.ts';

process.exitCode = await runTestSession([['--config', 'vitest.prove.config.ts', ...process.argv.slice(2)]]);
