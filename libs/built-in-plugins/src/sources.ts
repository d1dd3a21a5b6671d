import cachePackage from '@ia-modules/plugin-cache/package.json' with { type: 'json' };
import databasePackage from '@ia-modules/plugin-database/package.json' with { type: 'json' };
import emailPackage from '@ia-modules/plugin-email/package.json' with { type: 'json' };
import filePackage from '@ia-modules/plugin-file/package.json' with { type: 'json' };
import httpPackage from '@ia-modules/plugin-http/package.json' with { type: 'json' };
import redisPackage from '@ia-modules/plugin-redis/package.json' with { type: 'json' };
import s3Package from '@ia-modules/plugin-s3/package.json' with { type: 'json' };
import shellPackage from '@ia-modules/plugin-shell/package.json' with { type: 'json' };
import vectorPackage from '@ia-modules/plugin-vector/package.json' with { type: 'json' };
import weatherPackage from '@ia-modules/plugin-weather/package.json' with { type: 'json' };
import apiPackage from '@ia-modules/plugin-api/package.json' with { type: 'json' };
import slackPackage from '@ia-modules/plugin-slack/package.json' with { type: 'json' };
import teamsPackage from '@ia-modules/plugin-teams/package.json' with { type: 'json' };
import webhookPackage from '@ia-modules/plugin-webhook/package.json' with { type: 'json' };
import llmPackage from '@ia-modules/plugin-llm/package.json' with { type: 'json' };
import embeddingsPackage from '@ia-modules/plugin-embeddings/package.json' with { type: 'json' };
import timePackage from '@ia-modules/plugin-time/package.json' with { type: 'json' };
import validatePackage from '@ia-modules/plugin-validate/package.json' with { type: 'json' };
import transformPackage from '@ia-modules/plugin-transform/package.json' with { type: 'json' };
import csvPackage from '@ia-modules/plugin-csv/package.json' with { type: 'json' };
import jsonPackage from '@ia-modules/plugin-json/package.json' with { type: 'json' };
import xmlPackage from '@ia-modules/plugin-xml/package.json' with { type: 'json' };
import schedulePackage from '@ia-modules/plugin-schedule/package.json' with { type: 'json' };
import humanPackage from '@ia-modules/plugin-human/package.json' with { type: 'json' };
import routerPackage from '@ia-modules/plugin-router/package.json' with { type: 'json' };
import type { Plugin } from '@ia-modules/plugin-sdk';

export type BuiltInSource = {
  readonly packageJson: unknown;
  readonly load: () => Promise<{ readonly plugin: Plugin }>;
};

/** One line for each package under plugins/, by the alias that pipelines use. */
export const SOURCES: Readonly<Record<string, BuiltInSource>> = {
  cache: { packageJson: cachePackage, load: () => import('@ia-modules/plugin-cache') },
  database: { packageJson: databasePackage, load: () => import('@ia-modules/plugin-database') },
  email: { packageJson: emailPackage, load: () => import('@ia-modules/plugin-email') },
  file: { packageJson: filePackage, load: () => import('@ia-modules/plugin-file') },
  http: { packageJson: httpPackage, load: () => import('@ia-modules/plugin-http') },
  redis: { packageJson: redisPackage, load: () => import('@ia-modules/plugin-redis') },
  s3: { packageJson: s3Package, load: () => import('@ia-modules/plugin-s3') },
  shell: { packageJson: shellPackage, load: () => import('@ia-modules/plugin-shell') },
  vector: { packageJson: vectorPackage, load: () => import('@ia-modules/plugin-vector') },
  weather: { packageJson: weatherPackage, load: () => import('@ia-modules/plugin-weather') },
  api: { packageJson: apiPackage, load: () => import('@ia-modules/plugin-api') },
  slack: { packageJson: slackPackage, load: () => import('@ia-modules/plugin-slack') },
  teams: { packageJson: teamsPackage, load: () => import('@ia-modules/plugin-teams') },
  webhook: { packageJson: webhookPackage, load: () => import('@ia-modules/plugin-webhook') },
  llm: { packageJson: llmPackage, load: () => import('@ia-modules/plugin-llm') },
  embeddings: { packageJson: embeddingsPackage, load: () => import('@ia-modules/plugin-embeddings') },
  time: { packageJson: timePackage, load: () => import('@ia-modules/plugin-time') },
  validate: { packageJson: validatePackage, load: () => import('@ia-modules/plugin-validate') },
  transform: { packageJson: transformPackage, load: () => import('@ia-modules/plugin-transform') },
  csv: { packageJson: csvPackage, load: () => import('@ia-modules/plugin-csv') },
  json: { packageJson: jsonPackage, load: () => import('@ia-modules/plugin-json') },
  xml: { packageJson: xmlPackage, load: () => import('@ia-modules/plugin-xml') },
  schedule: { packageJson: schedulePackage, load: () => import('@ia-modules/plugin-schedule') },
  human: { packageJson: humanPackage, load: () => import('@ia-modules/plugin-human') },
  router: { packageJson: routerPackage, load: () => import('@ia-modules/plugin-router') },
};
