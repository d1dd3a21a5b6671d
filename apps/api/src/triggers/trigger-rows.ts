import type { Json, Status } from '@ia-modules/engine';
import type { PoolClient } from 'pg';
import { type Keyset, keysetSql, type Page, SqlParameters } from '../page.ts';

export const CATCH_UPS = ['skip', 'latest', 'all'] as const;
export type CatchUp = (typeof CATCH_UPS)[number];

export const TRIGGER_EVENTS = ['run_ended', 'plugin_published'] as const;
export type TriggerEventType = (typeof TRIGGER_EVENTS)[number];

/** What every trigger has. */
export type TriggerRow = {
  readonly id: string;
  readonly tenantId: string;
  readonly pipelineId: string;
  readonly name: string;
  readonly priority: number;
  readonly isEnabled: boolean;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export type ScheduleRow = TriggerRow & {
  readonly cron: string;
  readonly timeZone: string;
  readonly parameters: Json;
  readonly catchUp: CatchUp;
  readonly nextAt: Date | null;
  readonly lastAt: Date | null;
  readonly problem: string | null;
};

/** The secret is read by nobody but who checks signatures. */
export type WebhookRow = TriggerRow & { readonly lastReceivedAt: Date | null };

export type EventTriggerRow = TriggerRow & {
  readonly event: TriggerEventType;
  readonly sourcePipelineId: string | null;
  readonly statuses: readonly Status[];
  readonly pluginName: string | null;
  readonly parameters: Json;
  readonly problem: string | null;
};

/** Where the triggers of one kind are. */
export type TriggerTable<Row extends TriggerRow> = {
  readonly name: 'schedules' | 'webhooks' | 'event_triggers';
  readonly columns: string;
  /** Never there: it holds the type of the rows. */
  readonly row?: Row;
};

const COLUMNS = `t.id, t.tenant_id as "tenantId", t.pipeline_id as "pipelineId", t.name, t.priority,
  t.is_enabled as "isEnabled", t.created_by as "createdBy", t.created_at as "createdAt", t.updated_at as "updatedAt"`;

export const SCHEDULES: TriggerTable<ScheduleRow> = {
  name: 'schedules',
  columns: `${COLUMNS}, t.cron, t.time_zone as "timeZone", t.parameters, t.catch_up as "catchUp", t.next_at as "nextAt",
    t.last_at as "lastAt", t.problem`,
};

export const WEBHOOKS: TriggerTable<WebhookRow> = {
  name: 'webhooks',
  columns: `${COLUMNS}, t.last_received_at as "lastReceivedAt"`,
};

export const EVENT_TRIGGERS: TriggerTable<EventTriggerRow> = {
  name: 'event_triggers',
  columns: `${COLUMNS}, t.event, t.source_pipeline_id as "sourcePipelineId", t.statuses, t.plugin_name as "pluginName",
    t.parameters, t.problem`,
};

const KEYSET: Keyset = {
  columns: [
    { column: 't.name', type: 'text' },
    { column: 't.id', type: 'uuid' },
  ],
  order: 'asc',
};

/** What the cursor of a trigger holds. */
export const triggerKey = (row: TriggerRow): readonly [string, string] => [row.name, row.id];

export const fetchTriggers = async <Row extends TriggerRow>(
  client: PoolClient,
  table: TriggerTable<Row>,
  ids: readonly string[],
): Promise<Row[]> => {
  const sql = `select ${table.columns} from ${table.name} t where t.id = any($1::uuid[])`;
  return (await client.query<Row>(sql, [ids])).rows;
};

export const listTenantTriggers = async <Row extends TriggerRow>(
  client: PoolClient,
  table: TriggerTable<Row>,
  { tenantId, isEnabled, page }: Readonly<{ tenantId: string; isEnabled: boolean | null; page: Page }>,
): Promise<Row[]> => {
  const parameters = new SqlParameters();
  const tenant = parameters.add(tenantId, 'uuid');
  const enabled = isEnabled === null ? 'true' : `t.is_enabled = ${parameters.add(isEnabled, 'boolean')}`;
  const keyset = keysetSql(KEYSET, page, parameters);
  const sql = `select ${table.columns} from ${table.name} t
    where t.tenant_id = ${tenant} and ${enabled} and ${keyset.where} ${keyset.orderAndLimit}`;
  return (await client.query<Row>(sql, parameters.values)).rows;
};

/** The triggers of many pipelines in one statement, each list cut to the page. */
export const listPipelineTriggers = async <Row extends TriggerRow>(
  client: PoolClient,
  table: TriggerTable<Row>,
  { pipelineIds, page }: Readonly<{ pipelineIds: readonly string[]; page: Page }>,
): Promise<Row[]> => {
  const parameters = new SqlParameters();
  const parents = parameters.add(pipelineIds, 'uuid[]');
  const keyset = keysetSql(KEYSET, page, parameters);
  const sql = `select child.* from unnest(${parents}) as parent (id) cross join lateral (
      select ${table.columns} from ${table.name} t
      where t.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid and t.pipeline_id = parent.id
        and ${keyset.where} ${keyset.orderAndLimit}
    ) child`;
  return (await client.query<Row>(sql, parameters.values)).rows;
};
