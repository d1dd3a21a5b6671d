import { createDatabases, type Databases } from '@ia-modules/plugin-sql';

export const databases: Databases = createDatabases();
