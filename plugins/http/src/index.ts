import { definePlugin } from '@ia-modules/plugin-sdk';
import { httpRequest } from './http-request.ts';

/** Its steps are used as `http.<name>`. */
export const plugin = definePlugin({ steps: [httpRequest] });
