import { runTestSession } from './testing/test-session.ts';

process.exitCode = await runTestSession(process.argv.slice(2));
