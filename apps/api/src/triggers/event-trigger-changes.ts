import type { Prisma } from '@ia-modules/database';
import { isTerminal, type Json, type Status } from '@ia-modules/engine';
import { v7 as uuid } from 'uuid';
import { principalId } from '../access.ts';
import type { ApiContext } from '../context.ts';
import { type Findings, finding, requireNone } from '../findings.ts';
import type { TenantKey } from '../loaders.ts';
import { fetchPipelines } from '../pipelines/pipeline-rows.ts';
import { changeDetails, changeTrigger, readTrigger, type TriggerKind, withoutParameters } from './change-trigger.ts';
import { checkPriority, checkStart, checkTriggerName } from './check-trigger.ts';
import { EVENT_TRIGGERS, type EventTriggerRow, type TriggerEventType } from './trigger-rows.ts';

export const EVENT_TRIGGER_KIND: TriggerKind<EventTriggerRow> = {
  noun: 'eventTrigger',
  table: EVENT_TRIGGERS,
  delegateOf: (tx) => tx.eventTrigger,
};

export type EventTriggerSettings = {
  readonly name: string;
  readonly event: TriggerEventType;
  readonly sourcePipelineId: string | null;
  readonly statuses: readonly Status[];
  readonly pluginName: string | null;
  readonly parameters: Json;
  readonly priority: number;
  readonly isEnabled: boolean;
};

const PACKAGE_NAME = /^@[a-z0-9][a-z0-9-]*\/[a-z0-9][a-z0-9._-]*$/;
const MAX_PACKAGE_NAME_LENGTH = 214;

const checkFilters = ({ event, sourcePipelineId, statuses, pluginName }: EventTriggerSettings): Findings => {
  const findings: Findings = [];
  if (event === 'plugin_published' && sourcePipelineId !== null) {
    findings.push(finding('sourcePipelineId', 'Only run_ended has a pipeline that it comes from.'));
  }
  if (event === 'plugin_published' && statuses.length > 0) {
    findings.push(finding('statuses', 'Only run_ended has statuses.'));
  }
  if (!statuses.every((status) => isTerminal(status))) {
    const hint = 'Choose among succeeded, failed and canceled.';
    findings.push(finding('statuses', 'A run does not end with one of these statuses.', hint));
  }
  if (event === 'run_ended' && pluginName !== null) {
    findings.push(finding('pluginName', 'Only plugin_published has a plugin.'));
  }
  if (pluginName !== null && (pluginName.length > MAX_PACKAGE_NAME_LENGTH || !PACKAGE_NAME.test(pluginName))) {
    findings.push(finding('pluginName', 'This is no name of a plugin.', 'Write it with its scope: @acme/weather.'));
  }
  return findings;
};

const checkSource = async (
  { session }: ApiContext,
  tenantId: string,
  sourcePipelineId: string | null,
): Promise<Findings> => {
  if (sourcePipelineId === null) return [];
  const [source] = await session.read(tenantId, 'trigger.write', (client) =>
    fetchPipelines(client, [sourcePipelineId]),
  );
  return source === undefined ? [finding('sourcePipelineId', 'There is no such pipeline in this tenant.')] : [];
};

const check = async (context: ApiContext, pipeline: TenantKey, settings: EventTriggerSettings): Promise<void> => {
  const start = await checkStart(context, pipeline, settings.parameters);
  const source = await checkSource(context, pipeline.tenantId, settings.sourcePipelineId);
  const own = [...checkTriggerName(settings.name), ...checkFilters(settings), ...checkPriority(settings.priority)];
  requireNone([...own, ...source, ...start]);
};

const columnsOf = (settings: EventTriggerSettings) => ({
  ...settings,
  statuses: [...new Set(settings.statuses)],
  parameters: settings.parameters as Prisma.InputJsonValue,
});

export const createEventTrigger = async (
  context: ApiContext,
  pipeline: TenantKey,
  settings: EventTriggerSettings,
): Promise<EventTriggerRow> => {
  await check(context, pipeline, settings);
  const { tenantId, id: pipelineId } = pipeline;
  const key = { tenantId, id: uuid() };
  await changeTrigger(context, EVENT_TRIGGER_KIND, {
    key,
    action: 'create',
    details: { after: { pipelineId, ...withoutParameters(settings) } },
    apply: (tx, principal) =>
      tx.eventTrigger.create({
        data: { ...key, pipelineId, ...columnsOf(settings), createdBy: principalId(principal) },
      }),
  });
  return readTrigger(context, EVENT_TRIGGER_KIND, key);
};

export const updateEventTrigger = async (
  context: ApiContext,
  key: TenantKey,
  changes: Partial<EventTriggerSettings>,
): Promise<EventTriggerRow> => {
  const current = await readTrigger(context, EVENT_TRIGGER_KIND, key);
  const { name, event, sourcePipelineId, statuses, pluginName, parameters, priority, isEnabled } = current;
  const known = { name, event, sourcePipelineId, statuses, pluginName, parameters, priority, isEnabled };
  const settings = { ...known, ...changes };
  await check(context, { tenantId: key.tenantId, id: current.pipelineId }, settings);
  await changeTrigger(context, EVENT_TRIGGER_KIND, {
    key,
    action: 'update',
    details: changeDetails(current, changes),
    apply: (tx) =>
      tx.eventTrigger.update({ where: { tenantId_id: key }, data: { ...columnsOf(settings), problem: null } }),
  });
  return readTrigger(context, EVENT_TRIGGER_KIND, key);
};
