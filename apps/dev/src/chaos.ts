import { runTestSession } from './testing/test-session.ts';

process.exitCode = await runTestSession({
  suites: [['--config', 'vitest.chaos.config.ts', ...process.argv.slice(2)]],
  isCovered: false,
});
