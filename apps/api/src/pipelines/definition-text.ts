import {
  type Diagnostic,
  formatPipelineText,
  type Json,
  type PipelineDefinition,
  printPipeline,
} from '@ia-modules/engine';
import { parse as parseJsonc } from 'jsonc-parser';
import { stringify } from 'yaml';
import { isYaml, placedIn, readYaml } from './yaml-source.ts';

export const DEFINITION_FORMATS = ['json', 'yaml'] as const;
export type DefinitionFormat = (typeof DEFINITION_FORMATS)[number];

const YAML_LINE_WIDTH = 120;

/** Long texts keep their lines, so that reading it again gives the very same ones. */
const toYaml = (json: string): string =>
  stringify(parseJsonc(json), { lineWidth: YAML_LINE_WIDTH, aliasDuplicateObjects: false });

/** The text of a definition in its canonical form: keys in the order of the language, two spaces. */
export const printDefinition = (definition: Json, format: DefinitionFormat): string => {
  const json = printPipeline(definition as unknown as PipelineDefinition);
  return format === 'json' ? json : toYaml(json);
};

export type FormatRequest = {
  /** JSON, JSON with comments, or YAML. */
  readonly source: string;
  /** Null: as it came. */
  readonly format: DefinitionFormat | null;
  readonly isUpgrading: boolean;
};

export type FormattedDefinition = {
  /** Null when the text can't be read. */
  readonly text: string | null;
  readonly isChanged: boolean;
  readonly isUpgradable: boolean;
  readonly diagnostics: readonly Diagnostic[];
};

/** Does what `ia-modules format` does. YAML loses its comments, and so does what becomes YAML. */
export const formatDefinition = ({ source, format, isUpgrading }: FormatRequest): FormattedDefinition => {
  const yaml = isYaml(source) ? readYaml(source) : null;
  if (yaml !== null && yaml.json === null) {
    return { text: null, isChanged: false, isUpgradable: false, diagnostics: yaml.diagnostics };
  }
  const formatted = formatPipelineText(yaml?.json ?? source, { format: 'jsonc', upgrade: isUpgrading });
  const { isUpgradable } = formatted;
  const diagnostics = yaml === null ? formatted.diagnostics : placedIn(formatted.diagnostics, yaml.locate);
  if (formatted.text === undefined) return { text: null, isChanged: false, isUpgradable, diagnostics };
  const isYamlWanted = format === null ? yaml !== null : format === 'yaml';
  const text = isYamlWanted ? toYaml(formatted.text) : formatted.text;
  return { text, isChanged: text !== source, isUpgradable, diagnostics };
};
