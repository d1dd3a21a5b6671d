export { installPlugin, type InstalledTestPlugin, signForTests } from './testing/signed-plugin.ts';
export { integrityOf, type PublishedPlugin, publishPlugin } from './testing/publish-plugin.ts';
export { seedTenant, type SeededTenant, type SeedTenantInput } from './testing/seed-tenant.ts';
export { createTestDatabase, type TestDatabase } from './testing/test-database.ts';
export { insertRowEverywhere, TENANT_TABLES, type TenantTable } from './testing/tenant-rows.ts';
