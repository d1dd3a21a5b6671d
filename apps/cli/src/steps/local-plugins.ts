import { httpPlugin } from '@ia-modules/plugin-http';
import type { Plugin } from '@ia-modules/plugin-sdk';

/** The trusted plugins that the command line runs in its own process, by the name that pipelines use. */
export const LOCAL_PLUGINS: ReadonlyMap<string, Plugin> = new Map([['http', httpPlugin]]);
