import { printable } from '../../printable.ts';
import type { PermissionChanges, Upgrade } from './plugin-documents.ts';
import type { AffectedPipeline, MovedPipelines, UpgradePlan } from './upgrade-documents.ts';

/** What an upgrade changes, a line for each thing. */
export const formatUpgrade = (
  { previousVersion, installation, permissionChanges }: Upgrade,
  plan: UpgradePlan,
): string => {
  const title = `${installation.pluginName}  ${previousVersion} → ${installation.version}`;
  const lines = [
    ...permissionLines(permissionChanges),
    ...plan.versions.flatMap(noticeLines),
    ...plan.curedAdvisories.map(({ severity, title: about }) => `cures the advisory (${severity}): ${about}`),
    ...plan.contributionChanges.map(
      ({ kind, name, change, isBreaking }) =>
        `${isBreaking ? '! ' : ''}${kind.toLowerCase()} ${name}: ${change.toLowerCase()}${isBreaking ? ', may break what uses it' : ''}`,
    ),
    ...plan.installPlan.installs
      .filter(({ name }) => name !== installation.pluginName)
      .map(({ name, version }) => `needs ${name}@${version} first`),
    ...plan.installPlan.problems.map(({ message }) => `! ${message}`),
    ...(plan.obstacle === null ? [] : [`! ${plan.obstacle.message}`]),
    ...plan.pipelines.nodes.flatMap(pipelineLines),
    ...(plan.pipelines.pageInfo.hasNextPage ? ['… and more pipelines'] : []),
  ];
  return [title, ...lines.map((line) => `  ${printable(line)}`)].map((line) => `${line}\n`).join('');
};

const permissionLines = (changes: PermissionChanges): readonly string[] => [
  ...changes.addedNet.map((host) => `+ host ${host}`),
  ...changes.addedSecrets.map((name) => `+ secret ${name}`),
  ...(changes.addedBlobs ? ['+ stored bytes'] : []),
  ...changes.removedNet.map((host) => `- host ${host}`),
  ...changes.removedSecrets.map((name) => `- secret ${name}`),
  ...(changes.removedBlobs ? ['- stored bytes'] : []),
];

const noticeLines = ({ version, deprecated, isBlocked }: UpgradePlan['versions'][number]): readonly string[] => [
  ...(deprecated === null ? [] : [`${version} is deprecated: ${deprecated}`]),
  ...(isBlocked ? [`${version} is blocked`] : []),
];

const pipelineLines = (affected: AffectedPipeline): readonly string[] => {
  const { pipeline, pinnedVersions, stepIds, isValid, heldBy, diagnostics } = affected;
  const steps = stepIds.length === 0 ? 'called by another plugin' : `steps ${stepIds.join(', ')}`;
  const held = heldBy.length === 0 ? '' : `; held by the range of ${heldBy.join(', ')}`;
  const verdict = isValid ? 'validates with it' : 'does not validate with it';
  return [
    `pipeline ${pipeline.name} (${pinnedVersions.join(', ')}; ${steps}): ${verdict}${held}`,
    ...(isValid ? [] : diagnostics.map(({ path, message }) => `  ${path}: ${message}`)),
  ];
};

/** Which pipelines were moved, and why others stay. */
export const formatMoved = ({ moved, unmoved }: Pick<MovedPipelines, 'moved' | 'unmoved'>): string =>
  [
    ...moved.map(({ name, revision }) => `${name} is moved: revision ${revision}.`),
    ...unmoved.map(({ pipeline, message }) => `${pipeline.name} stays: ${message}`),
  ]
    .map((line) => `${printable(line)}\n`)
    .join('');
