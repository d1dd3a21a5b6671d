import { matchesNetPattern, type PluginManifest } from '@ia-modules/plugin-sdk';
import type { Finding } from '../finding.ts';
import type { PluginProject } from '../project/plugin-project.ts';
import { type SourceFact, sourceFacts } from './source-facts.ts';

/** Compares what the sources say literally with what the manifest asks for. What is computed, nobody sees here. */
export const checkPermissions = async (
  project: PluginProject,
  { permissions }: PluginManifest,
): Promise<readonly Finding[]> => {
  const facts = await sourceFacts(project.directory);
  const hosts = facts.filter(({ kind }) => kind === 'host');
  const secrets = facts.filter(({ kind }) => kind === 'secret');
  return [
    ...hosts.filter((fact) => !permissions.net.some((pattern) => matches(pattern, fact))).map(undeclaredHost),
    ...secrets.filter(({ value }) => !permissions.secrets.includes(value)).map(undeclaredSecret),
    ...permissions.net.flatMap((pattern, index) =>
      hosts.some((fact) => matches(pattern, fact)) ? [] : [unused(project, ['net', index], pattern)],
    ),
    ...permissions.secrets.flatMap((name, index) =>
      secrets.some(({ value }) => value === name) ? [] : [unused(project, ['secrets', index], name)],
    ),
  ];
};

const matches = (pattern: string, { value }: SourceFact): boolean => {
  const [host = '', port] = value.split(':');
  return matchesNetPattern(pattern, host, port === undefined ? 443 : Number(port));
};

const undeclaredHost = ({ value, file, line, column }: SourceFact): Finding => ({
  severity: 'warning',
  rule: 'host-undeclared',
  file,
  line,
  column,
  message: `names the host ${value}, which iaModules.permissions.net does not`,
  hint: 'A request to it is refused: declare the host if the plugin asks it.',
});

const undeclaredSecret = ({ value, file, line, column }: SourceFact): Finding => ({
  severity: 'warning',
  rule: 'secret-undeclared',
  file,
  line,
  column,
  message: `reads the secret ${value}, which iaModules.permissions.secrets does not name`,
  hint: 'It is always undefined: declare it.',
});

const unused = (project: PluginProject, path: readonly (string | number)[], name: string): Finding =>
  project.at(['iaModules', 'permissions', ...path], {
    severity: 'info',
    rule: 'permission-unused',
    message: `asks for ${name}, which the sources do not name`,
    hint: 'Nobody likes to grant what is not needed: leave it out unless the name is made at run time.',
  });
