import { z } from 'zod';
import { ERROR_FIELDS } from './error-fields.ts';
import { pageInfoSchema } from './page-info.ts';

const triggerFields = 'id name isEnabled priority pipeline { id name }';

const triggerSchema = z.object({
  id: z.string(),
  name: z.string(),
  isEnabled: z.boolean(),
  priority: z.number(),
  pipeline: z.object({ id: z.string(), name: z.string() }),
});

const scheduleSchema = triggerSchema.extend({
  cron: z.string(),
  timeZone: z.string(),
  catchUp: z.string(),
  nextAt: z.string().nullable(),
  lastAt: z.string().nullable(),
  problem: z.string().nullable(),
});
export type Schedule = z.infer<typeof scheduleSchema>;

const SCHEDULE_FIELDS = `${triggerFields} cron timeZone catchUp nextAt lastAt problem`;

const webhookSchema = triggerSchema.extend({ url: z.string(), lastReceivedAt: z.string().nullable() });
export type Webhook = z.infer<typeof webhookSchema>;

const WEBHOOK_FIELDS = `${triggerFields} url lastReceivedAt`;

const eventTriggerSchema = triggerSchema.extend({
  event: z.string(),
  sourcePipeline: z.object({ id: z.string(), name: z.string() }).nullable(),
  statuses: z.array(z.string()),
  pluginName: z.string().nullable(),
  problem: z.string().nullable(),
});
export type EventTrigger = z.infer<typeof eventTriggerSchema>;

const EVENT_TRIGGER_FIELDS = `${triggerFields} event sourcePipeline { id name } statuses pluginName problem`;

/** The list of a tenant's triggers of one kind. */
const listDocument = (
  field: string,
  fields: string,
): string => `query TenantTriggers($slug: String!, $first: Int!, $after: String) {
  tenant(slug: $slug) {
    list: ${field}(first: $first, after: $after) {
      nodes { ${fields} }
      pageInfo { hasNextPage endCursor }
    }
  }
}`;

const listShape = <T>(node: z.ZodType<T>) =>
  z.object({ tenant: z.object({ list: z.object({ nodes: z.array(node), pageInfo: pageInfoSchema }) }).nullable() });

export const scheduleList = { document: listDocument('schedules', SCHEDULE_FIELDS), shape: listShape(scheduleSchema) };
export const webhookList = { document: listDocument('webhooks', WEBHOOK_FIELDS), shape: listShape(webhookSchema) };
export const eventTriggerList = {
  document: listDocument('eventTriggers', EVENT_TRIGGER_FIELDS),
  shape: listShape(eventTriggerSchema),
};

/** A mutation and what is asked of its success. */
const mutation = (name: string, fields: string): string => {
  const field = `${name.slice(0, 1).toLowerCase()}${name.slice(1)}`;
  return `mutation ${name}($input: ${name}Input!) {
  ${field}(input: $input) {
    ... on ${name}Success { ${fields} }
    ${ERROR_FIELDS}
  }
}`;
};

export const createSchedule = {
  document: mutation('CreateSchedule', `schedule { ${SCHEDULE_FIELDS} }`),
  shape: z.object({ schedule: scheduleSchema }),
};
export const createEventTrigger = {
  document: mutation('CreateEventTrigger', `eventTrigger { ${EVENT_TRIGGER_FIELDS} }`),
  shape: z.object({ eventTrigger: eventTriggerSchema }),
};

const issuedShape = z.object({ webhook: webhookSchema, secret: z.string() });
export type IssuedWebhook = z.infer<typeof issuedShape>;

export const createWebhook = {
  document: mutation('CreateWebhook', `secret webhook { ${WEBHOOK_FIELDS} }`),
  shape: issuedShape,
};
export const rotateWebhookSecret = {
  document: mutation('RotateWebhookSecret', `secret webhook { ${WEBHOOK_FIELDS} }`),
  shape: issuedShape,
};

const deletedShape = z.object({ deletedId: z.string() });
export const deleteSchedule = { document: mutation('DeleteSchedule', 'deletedId'), shape: deletedShape };
export const deleteWebhook = { document: mutation('DeleteWebhook', 'deletedId'), shape: deletedShape };
export const deleteEventTrigger = { document: mutation('DeleteEventTrigger', 'deletedId'), shape: deletedShape };

export const nextTimes = {
  document: `query NextTimes($id: ID!, $count: Int!) {
  node(id: $id) { ... on Schedule { id name nextTimes(first: $count) } }
}`,
  shape: z.object({
    node: z.object({ id: z.string(), name: z.string(), nextTimes: z.array(z.string()) }).nullable(),
  }),
};

export const webhookUrl = {
  document: `query WebhookUrl($id: ID!) { node(id: $id) { ... on Webhook { url } } }`,
  shape: z.object({ node: z.object({ url: z.string() }).nullable() }),
};
