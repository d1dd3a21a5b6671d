import { writePublicApi } from './verify/public-api/public-api.ts';

await writePublicApi({ isRelease: process.argv.includes('--release') });
