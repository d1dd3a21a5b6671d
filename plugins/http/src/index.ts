import { definePlugin } from '@ia-modules/plugin-sdk';
import { httpRequest } from './http-request.ts';

export { httpRequestInput, httpRequestOutput } from './http-request.ts';

/** The built-in plugin `http`: its steps are used as `http.<name>`. */
export const httpPlugin = definePlugin({ steps: [httpRequest] });

/** The name that a plugin's entry module exports. */
export const plugin = httpPlugin;
