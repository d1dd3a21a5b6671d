import { z } from 'zod';
import { ERROR_FIELDS } from '../../platform/documents/error-fields.ts';
import { pageInfoSchema } from '../../platform/documents/page-info.ts';

const hinted = z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() });

const affectedSchema = z.object({
  pipeline: z.object({ name: z.string() }),
  pinnedVersions: z.array(z.string()),
  stepIds: z.array(z.string()),
  movesBySaving: z.boolean(),
  heldBy: z.array(z.string()),
  isValid: z.boolean(),
  diagnostics: z.array(z.object({ path: z.string(), message: z.string() })),
});
export type AffectedPipeline = z.infer<typeof affectedSchema>;

const planSchema = z.object({
  versions: z.array(
    z.object({
      version: z.string(),
      deprecated: z.string().nullable(),
      replacement: z.string().nullable(),
      isBlocked: z.boolean(),
    }),
  ),
  contributionChanges: z.array(
    z.object({ kind: z.string(), name: z.string(), change: z.string(), isBreaking: z.boolean() }),
  ),
  installPlan: z.object({
    installs: z.array(z.object({ name: z.string(), version: z.string() })),
    problems: z.array(z.object({ message: z.string() })),
  }),
  curedAdvisories: z.array(z.object({ severity: z.string(), title: z.string() })),
  obstacle: hinted.nullable(),
  pipelines: z.object({ nodes: z.array(affectedSchema), pageInfo: pageInfoSchema }),
});
export type UpgradePlan = z.infer<typeof planSchema>;

export const upgradePlan = {
  document: `query UpgradePlan($tenantId: ID!, $name: String!, $version: String) {
  upgradePlan(tenantId: $tenantId, name: $name, version: $version) {
    versions { version deprecated replacement isBlocked }
    contributionChanges { kind name change isBreaking }
    installPlan { installs { name version } problems { message } }
    curedAdvisories { severity title }
    obstacle { code message hint }
    pipelines(first: 20) {
      nodes { pipeline { name } pinnedVersions stepIds movesBySaving heldBy isValid diagnostics { path message } }
      pageInfo { hasNextPage endCursor }
    }
  }
}`,
  shape: z.object({ upgradePlan: planSchema }),
};

const requestSchema = z.object({
  id: z.string(),
  pluginName: z.string(),
  fromVersion: z.string(),
  toVersion: z.string(),
  status: z.string(),
  note: z.string(),
  requestedAt: z.string(),
  permissionChanges: z.object({
    addedNet: z.array(z.string()),
    addedSecrets: z.array(z.string()),
    addedBlobs: z.boolean(),
    removedNet: z.array(z.string()),
    removedSecrets: z.array(z.string()),
    removedBlobs: z.boolean(),
  }),
});
export type UpgradeRequest = z.infer<typeof requestSchema>;
export const REQUEST_SHAPE = requestSchema;
export const REQUEST_FIELDS = `id pluginName fromVersion toVersion status note requestedAt
  permissionChanges { addedNet addedSecrets addedBlobs removedNet removedSecrets removedBlobs }`;

export const upgradeRequests = {
  document: `query UpgradeRequests($slug: String!, $first: Int!, $after: String) {
  tenant(slug: $slug) {
    upgradeRequests(status: waiting, first: $first, after: $after) {
      nodes { ${REQUEST_FIELDS} }
      pageInfo { hasNextPage endCursor }
    }
  }
}`,
  shape: z.object({
    tenant: z
      .object({ upgradeRequests: z.object({ nodes: z.array(requestSchema), pageInfo: pageInfoSchema }) })
      .nullable(),
  }),
};

export const consentToUpgrade = {
  document: `mutation ConsentToUpgrade($input: ConsentToUpgradeInput!) {
  consentToUpgrade(input: $input) {
    ... on ConsentToUpgradeSuccess { previousVersion installation { pluginName version } }
    ${ERROR_FIELDS}
  }
}`,
  shape: z.object({
    previousVersion: z.string(),
    installation: z.object({ pluginName: z.string(), version: z.string() }),
  }),
};

export const declineUpgrade = {
  document: `mutation DeclineUpgrade($input: DeclineUpgradeInput!) {
  declineUpgrade(input: $input) { ... on DeclineUpgradeSuccess { request { ${REQUEST_FIELDS} } } ${ERROR_FIELDS} }
}`,
  shape: z.object({ request: requestSchema }),
};

const movedSchema = z.object({
  moved: z.array(z.object({ name: z.string(), revision: z.number() })),
  unmoved: z.array(hinted.extend({ pipeline: z.object({ name: z.string() }) })),
  hasMore: z.boolean(),
  endCursor: z.string().nullable(),
});
export type MovedPipelines = z.infer<typeof movedSchema>;

export const movePipelines = {
  document: `mutation MovePipelines($input: MovePipelinesInput!) {
  movePipelines(input: $input) {
    ... on MovePipelinesSuccess {
      moved { name revision }
      unmoved { pipeline { name } code message hint }
      hasMore endCursor
    }
    ${ERROR_FIELDS}
  }
}`,
  shape: movedSchema,
};

const installedVersionSchema = z.object({
  version: z.string(),
  isDefault: z.boolean(),
  pipelineCount: z.number(),
  installedAt: z.string(),
  grant: z.object({ net: z.array(z.string()), secrets: z.array(z.string()), blobs: z.boolean() }),
});
export type InstalledVersion = z.infer<typeof installedVersionSchema>;

export const installedVersions = {
  document: `query InstalledVersions($name: String!, $tenantId: ID!) {
  plugin(name: $name) {
    installation(tenantId: $tenantId) {
      versions(first: 100) { nodes { version isDefault pipelineCount installedAt grant { net secrets blobs } } }
    }
  }
}`,
  shape: z.object({
    plugin: z
      .object({
        installation: z.object({ versions: z.object({ nodes: z.array(installedVersionSchema) }) }).nullable(),
      })
      .nullable(),
  }),
};

export const removeInstalledVersion = {
  document: `mutation RemoveInstalledVersion($input: RemoveInstalledVersionInput!) {
  removeInstalledVersion(input: $input) { ... on RemoveInstalledVersionSuccess { name version } ${ERROR_FIELDS} }
}`,
  shape: z.object({ name: z.string(), version: z.string() }),
};
