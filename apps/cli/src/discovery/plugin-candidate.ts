import type { LocalPlugin } from './local-plugin.ts';

/** Where a plugin may lie: its name in pipelines, its absolute path, and the path as people know it. */
export type PluginPlace = { readonly name: string; readonly path: string; readonly shown: string };

/** A plugin, or why it is none. */
export type PluginCandidate = LocalPlugin | { readonly reason: string; readonly hint?: string };
