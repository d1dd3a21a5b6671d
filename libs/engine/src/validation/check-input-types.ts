import type { Json } from '@ia-modules/plugin-sdk';
import type { Path } from '../definition/diagnostic.ts';
import { splitTemplate } from '../expression/split-template.ts';
import { ANY, describe, isOnly, type StaticType, TEXT, typeOfSchema } from '../expression/static-type.ts';
import type { Reading } from './expression-place.ts';
import type { PipelineCheck } from './pipeline-check.ts';

/** Finds templates in a step's input whose value is surely of another type than the step takes. */
export const checkInputType = (check: PipelineCheck, { expression, path }: Reading, type: StaticType): void => {
  const [root, index, key, ...at] = path;
  if (root !== 'steps' || typeof index !== 'number' || key !== 'with' || type.kinds === undefined) return;
  const step = check.definition.steps[index];
  const schema = check.types[index]?.contract?.input;
  // What a transform makes of the input is for the transform to say.
  if (step === undefined || schema === undefined || step.transform?.some((stage) => stage.at === 'input')) return;
  const wanted = at.reduce(partOf, typeOfSchema(schema));
  if (wanted.kinds === undefined) return;
  const text = at.reduce<Json | undefined>(valueOf, step.with);
  const given = typeof text === 'string' && splitTemplate(text).length > 1 ? TEXT : type;
  if ([...(given.kinds ?? [])].some((kind) => wanted.kinds?.has(kind))) return;
  check.diagnostics.add({
    code: 'IA_PIPELINE_TYPE',
    path,
    message:
      given === type
        ? `\`${expression.source}\` is ${describe(given)}; the input of '${step.id}' at ${at.join('.')} must be ${describe(wanted)}.`
        : `A template within other text gives a text; the input of '${step.id}' at ${at.join('.')} must be ${describe(wanted)}.`,
    hint: hintFor(given === type ? given : undefined, wanted),
  });
};

const partOf = (type: StaticType, segment: Path[number]): StaticType =>
  (typeof segment === 'number' ? type.element : type.field?.(segment)) ?? ANY;

const valueOf = (value: Json | undefined, segment: Path[number]): Json | undefined =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string | number, Json>>)[segment] : undefined;

const hintFor = (given: StaticType | undefined, { kinds }: StaticType): string | undefined => {
  if (given === undefined) return 'Let the template be the whole text, so that its value keeps its type.';
  if (isOnly(kinds, 'a text')) return 'Convert it with string(…), or put it into a text.';
  return isOnly(kinds, 'a number') && isOnly(given.kinds, 'a text')
    ? 'Convert it with int(…) or double(…).'
    : undefined;
};
