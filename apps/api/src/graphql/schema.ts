import { builder } from './builder.ts';
import './scalars.ts';
import './types/diagnostic.ts';
import './types/tenant.ts';
import './types/pipeline.ts';
import './types/run.ts';
import './types/plugin.ts';
import './types/trigger.ts';
import './types/trigger-connections.ts';
import './types/node.ts';
import './types/validation.ts';
import './mutations/pipeline-mutations.ts';
import './mutations/run-mutations.ts';
import './mutations/plugin-mutations.ts';
import './mutations/tenant-mutations.ts';
import './mutations/trigger-schedule-mutations.ts';
import './mutations/trigger-webhook-mutations.ts';
import './mutations/trigger-event-mutations.ts';
import './subscriptions.ts';

builder.queryType({});
builder.mutationType({});
builder.subscriptionType({});

export const schema = builder.toSchema();
