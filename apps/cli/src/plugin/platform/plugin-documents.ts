import { z } from 'zod';
import { ERROR_FIELDS } from '../../platform/documents/error-fields.ts';
import { pageInfoSchema } from '../../platform/documents/page-info.ts';
import { REQUEST_FIELDS, REQUEST_SHAPE } from './upgrade-documents.ts';

const permissionsSchema = z.object({ net: z.array(z.string()), secrets: z.array(z.string()), blobs: z.boolean() });
const PERMISSION_FIELDS = 'net secrets blobs';

const installationSchema = z.object({
  pluginName: z.string(),
  version: z.string(),
  updatedAt: z.string(),
  grant: permissionsSchema,
  plugin: z.object({ latestVersion: z.object({ version: z.string() }) }).nullable(),
});
export type Installation = z.infer<typeof installationSchema>;
const INSTALLATION_FIELDS = `pluginName version updatedAt grant { ${PERMISSION_FIELDS} } plugin { latestVersion { version } }`;

const foundPluginSchema = z.object({
  name: z.string(),
  title: z.string(),
  description: z.string(),
  visibility: z.string(),
  keywords: z.array(z.string()),
  category: z.string(),
  deprecated: z.string().nullable(),
  isVerified: z.boolean(),
  installs: z.number(),
  downloads: z.number(),
  rating: z.object({ average: z.number().nullable(), count: z.number() }),
  latestVersion: z.object({ version: z.string() }),
});
export type FoundPlugin = z.infer<typeof foundPluginSchema>;
const FOUND_FIELDS = `name title description visibility keywords category deprecated isVerified installs downloads
  rating { average count } latestVersion { version }`;

const listedVersionSchema = z.object({
  version: z.string(),
  deprecated: z.string().nullable(),
  /** What to use in place of a deprecated one. */
  replacement: z.string().nullable(),
  takenDownReason: z.string().nullable(),
  publishedAt: z.string(),
  sizeBytes: z.number(),
});
export type ListedVersion = z.infer<typeof listedVersionSchema>;

const advisorySchema = z.object({
  pluginName: z.string(),
  severity: z.string(),
  title: z.string(),
  affectedRange: z.string(),
  patchedRange: z.string().nullable(),
  versions: z.array(z.string()),
});
export type Advisory = z.infer<typeof advisorySchema>;
const ADVISORY_FIELDS = 'pluginName severity title affectedRange patchedRange versions';

export const advisoryList = {
  document: `query AdvisoryList($slug: String!, $first: Int!, $after: String) {
  tenant(slug: $slug) {
    advisories(first: $first, after: $after) { nodes { ${ADVISORY_FIELDS} } pageInfo { hasNextPage endCursor } }
  }
}`,
  shape: z.object({
    tenant: z.object({ advisories: z.object({ nodes: z.array(advisorySchema), pageInfo: pageInfoSchema }) }).nullable(),
  }),
};

const pluginSchema = foundPluginSchema.extend({
  versions: z.object({ edges: z.array(z.object({ cursor: z.string(), node: listedVersionSchema })) }),
  installation: installationSchema.nullable(),
  publisher: z.object({ displayName: z.string() }).nullable(),
  advisories: z.object({
    nodes: z.array(advisorySchema.extend({ withdrawnAt: z.string().nullable() })),
  }),
});
export type CataloguePlugin = z.infer<typeof pluginSchema>;

export const installationList = {
  document: `query InstallationList($slug: String!, $first: Int!, $after: String) {
  tenant(slug: $slug) {
    installations(first: $first, after: $after) {
      nodes { ${INSTALLATION_FIELDS} }
      pageInfo { hasNextPage endCursor }
    }
  }
}`,
  shape: z.object({
    tenant: z
      .object({ installations: z.object({ nodes: z.array(installationSchema), pageInfo: pageInfoSchema }) })
      .nullable(),
  }),
};

export const pluginSearch = {
  document: `query PluginSearch($tenantId: ID, $search: String!, $first: Int!, $after: String) {
  plugins(tenantId: $tenantId, search: $search, first: $first, after: $after) {
    nodes { ${FOUND_FIELDS} }
    pageInfo { hasNextPage endCursor }
  }
}`,
  shape: z.object({ plugins: z.object({ nodes: z.array(foundPluginSchema), pageInfo: pageInfoSchema }) }),
};

export const pluginByName = {
  document: `query PluginByName($name: String!, $tenantId: ID!) {
  plugin(name: $name) {
    ${FOUND_FIELDS}
    versions(first: 100) { edges { cursor node { version deprecated replacement takenDownReason publishedAt sizeBytes } } }
    installation(tenantId: $tenantId) { ${INSTALLATION_FIELDS} }
    publisher { displayName }
    advisories(first: 100) { nodes { ${ADVISORY_FIELDS} withdrawnAt } }
  }
}`,
  shape: z.object({ plugin: pluginSchema.nullable() }),
};

/** The version that stands behind a place in the list of versions; the first without one. */
export const pluginVersion = {
  document: `query PluginVersion($name: String!, $after: String) {
  plugin(name: $name) { versions(first: 1, after: $after) { nodes { version integrity manifest readme } } }
}`,
  shape: z.object({
    plugin: z
      .object({
        versions: z.object({
          nodes: z.array(
            z.object({ version: z.string(), integrity: z.string(), manifest: z.unknown(), readme: z.string() }),
          ),
        }),
      })
      .nullable(),
  }),
};

const planSchema = z.object({
  installs: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      installedVersion: z.string().nullable(),
      permissions: permissionsSchema,
    }),
  ),
  problems: z.array(z.object({ message: z.string(), hint: z.string().nullable() })),
});
export type InstallPlan = z.infer<typeof planSchema>;
export type PlannedInstall = InstallPlan['installs'][number];

export const installPlan = {
  document: `query InstallPlan($name: String!, $tenantId: ID!, $version: String) {
  plugin(name: $name) {
    installPlan(tenantId: $tenantId, version: $version) {
      installs { name version installedVersion permissions { ${PERMISSION_FIELDS} } }
      problems { message hint }
    }
  }
}`,
  shape: z.object({ plugin: z.object({ installPlan: planSchema }).nullable() }),
};

const diagnosticsSchema = z.array(z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }));

export const installPlugin = {
  document: `mutation InstallPlugin($input: InstallPluginInput!) {
  installPlugin(input: $input) {
    ... on InstallPluginSuccess { installation { ${INSTALLATION_FIELDS} } diagnostics { code message hint } }
    ${ERROR_FIELDS}
  }
}`,
  shape: z.object({ installation: installationSchema, diagnostics: diagnosticsSchema }),
};

export type Installed = z.infer<(typeof installPlugin)['shape']>;

const permissionChangesSchema = z.object({
  isWidened: z.boolean(),
  addedNet: z.array(z.string()),
  addedSecrets: z.array(z.string()),
  removedNet: z.array(z.string()),
  removedSecrets: z.array(z.string()),
  addedBlobs: z.boolean(),
  removedBlobs: z.boolean(),
});
export type PermissionChanges = z.infer<typeof permissionChangesSchema>;

const UPGRADED_FIELDS = `dryRun previousVersion needsConsent
      installation { ${INSTALLATION_FIELDS} }
      permissionChanges { isWidened addedNet addedSecrets removedNet removedSecrets addedBlobs removedBlobs }`;

const upgradedSchema = z.object({
  dryRun: z.boolean(),
  previousVersion: z.string(),
  needsConsent: z.boolean(),
  installation: installationSchema,
  permissionChanges: permissionChangesSchema,
});
export type Upgrade = z.infer<typeof upgradedSchema>;

/** With `dryRun`, it never waits. */
export const upgradeDryRun = {
  document: `mutation UpgradeDryRun($input: UpgradePluginInput!) {
  upgradePlugin(input: $input) { ... on UpgradePluginSuccess { ${UPGRADED_FIELDS} } ${ERROR_FIELDS} }
}`,
  shape: upgradedSchema,
};

export const upgradePlugin = {
  document: `mutation UpgradePlugin($input: UpgradePluginInput!) {
  upgradePlugin(input: $input) {
    ... on UpgradePluginSuccess { ${UPGRADED_FIELDS} }
    ... on UpgradePluginWaiting { request { ${REQUEST_FIELDS} } }
    ${ERROR_FIELDS}
  }
}`,
  shape: z.union([upgradedSchema, z.object({ request: REQUEST_SHAPE })]),
};

export const uninstallPlugin = {
  document: `mutation UninstallPlugin($input: UninstallPluginInput!) {
  uninstallPlugin(input: $input) { ... on UninstallPluginSuccess { name } ${ERROR_FIELDS} }
}`,
  shape: z.object({ name: z.string() }),
};
