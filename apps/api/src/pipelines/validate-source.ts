import { type Json, type PipelineValidation, validatePipeline, type ValidatePipelineOptions } from '@ia-modules/engine';
import { isYaml, placedIn, readYaml } from './yaml-source.ts';

/** Checks a definition that is given as a value, as JSON text or as YAML text: then findings have their places in that text. */
export const validateSource = (source: Json, options: ValidatePipelineOptions): PipelineValidation => {
  if (typeof source !== 'string' || !isYaml(source)) return validatePipeline(source, options);
  const yaml = readYaml(source);
  if (yaml.json === null) return { diagnostics: yaml.diagnostics };
  const validation = validatePipeline(yaml.json, options);
  return { ...validation, diagnostics: placedIn(validation.diagnostics, yaml.locate) };
};
