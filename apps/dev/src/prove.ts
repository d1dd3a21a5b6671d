import { runTestSession } from './testing/test-session.ts';

process.exitCode = await runTestSession({
  suites: [['--config', 'vitest.prove.config.ts', ...process.argv.slice(2)]],
  isCovered: false,
});
