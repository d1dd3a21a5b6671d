import { CONTRIBUTION_KINDS, CONTRIBUTION_LISTS, type Contribution, type ContributionKind } from './contribution.ts';
import type { LifecycleContext } from './context.ts';
import type { Condition } from './define-condition.ts';
import type { Exporter } from './define-exporter.ts';
import type { Hook } from './define-hook.ts';
import type { Reporter } from './define-reporter.ts';
import type { Step } from './define-step.ts';
import type { Transform } from './define-transform.ts';
import type { Validator } from './define-validator.ts';
import { PluginError } from './plugin-error.ts';

/** What a plugin adds, by kind, and what it does as its processes come and go. */
export type PluginInit = {
  readonly steps?: readonly Step[];
  readonly conditions?: readonly Condition[];
  readonly validators?: readonly Validator[];
  readonly transforms?: readonly Transform[];
  readonly hooks?: readonly Hook[];
  readonly reporters?: readonly Reporter[];
  readonly exporters?: readonly Exporter[];
  /** Runs once in each process, before its first call and within that call's limits; what it throws fails that call. */
  readonly init?: (ctx: LifecycleContext) => void | Promise<void>;
  /** Tells whether the plugin can work: it throws when not. Asked by `ia-plugin test`, by the registry and by operators. */
  readonly health?: (ctx: LifecycleContext) => void | Promise<void>;
  /** Runs when a process ends in peace, for a second at most. A process that is killed has no time for it. */
  readonly shutdown?: () => void | Promise<void>;
};

/** A plugin as the platform loads it: the export `plugin` of its entry module. */
export type Plugin = Pick<PluginInit, 'init' | 'health' | 'shutdown'> & {
  /** Names are unique within a kind. */
  readonly contributions: readonly Contribution[];
};

/**
 * Gathers what a plugin adds. Its entry module must export the result as `plugin`.
 * @throws PluginError when two contributions of a kind have one name
 */
export const definePlugin = (init: PluginInit): Plugin => {
  const contributions = CONTRIBUTION_KINDS.flatMap((kind): readonly Contribution[] => {
    const list = init[CONTRIBUTION_LISTS[kind]] ?? [];
    const twice = list.find(({ name }, index) => list.findIndex((other) => other.name === name) !== index);
    if (twice === undefined) return list;
    throw new PluginError({ message: `Two ${CONTRIBUTION_LISTS[kind]} are called "${twice.name}".` });
  });
  const { init: start, health, shutdown } = init;
  return {
    contributions,
    ...(start === undefined ? {} : { init: start }),
    ...(health === undefined ? {} : { health }),
    ...(shutdown === undefined ? {} : { shutdown }),
  };
};

/** Finds one contribution of a plugin. */
export const findContribution = (
  { contributions }: Pick<Plugin, 'contributions'>,
  kind: ContributionKind,
  name: string,
): Contribution | undefined =>
  contributions.find((contribution) => contribution.kind === kind && contribution.name === name);
