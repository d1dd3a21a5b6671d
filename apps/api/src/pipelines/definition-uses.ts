import { type ObjectCondition, type PipelineDefinition, resolveUses } from '@ia-modules/engine';

/** A place in a definition that names something to run. */
export type UsesPlace = {
  readonly written: string;
  /** With a plugin's alias replaced by its package. */
  readonly uses: string;
  readonly path: string;
};

/** Everything that a definition names to run: steps, and what is called around them. */
export const listUses = (definition: PipelineDefinition): UsesPlace[] => {
  const { plugins, steps, flow, hooks = [], reporters = [], exporters = [] } = definition;
  const placeOf = ({ uses: written }: { readonly uses: string }, path: string, key = 'uses'): UsesPlace => ({
    written,
    uses: resolveUses(written, plugins),
    path: `${path}.${key}`,
  });
  const places = steps.flatMap((step, index) => {
    const path = `$.steps[${index}]`;
    const { transform = [], validate = [], compensate } = step;
    return [
      placeOf(step, path),
      ...transform.map((stage, place) => placeOf(stage, `${path}.transform[${place}]`)),
      ...validate.map((stage, place) => placeOf(stage, `${path}.validate[${place}]`)),
      ...(compensate === undefined ? [] : [placeOf(compensate, `${path}.compensate`)]),
    ];
  });
  const conditions = (flow?.transitions ?? []).flatMap(({ condition }, index) =>
    typeof condition === 'object' ? pluginConditions(condition, `$.flow.transitions[${index}].condition`) : [],
  );
  return [
    ...places,
    ...conditions.map(({ plugin, path }) => placeOf({ uses: plugin }, path, 'plugin')),
    ...hooks.map((hook, index) => placeOf(hook, `$.hooks[${index}]`)),
    ...reporters.map((reporter, index) => placeOf(reporter, `$.reporters[${index}]`)),
    ...exporters.map((exporter, index) => placeOf(exporter, `$.exporters[${index}]`)),
  ];
};

type PluginCondition = { readonly plugin: string; readonly path: string };

const pluginConditions = (condition: ObjectCondition, path: string): PluginCondition[] => {
  switch (condition.type) {
    case 'plugin':
      return [{ plugin: condition.plugin, path }];
    case 'all':
    case 'any':
      return condition.conditions.flatMap((inner, index) => pluginConditions(inner, `${path}.conditions[${index}]`));
    case 'not':
      return pluginConditions(condition.condition, `${path}.condition`);
    default:
      return [];
  }
};
