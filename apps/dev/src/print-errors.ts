import { writeFileSync } from 'node:fs';
import { ERROR_CODES } from '@ia-modules/plugin-sdk';
import { inRepository } from './repository.ts';
import { renderErrorReference } from './verify/error-reference.ts';

writeFileSync(inRepository('docs/errors.md'), renderErrorReference(ERROR_CODES));
