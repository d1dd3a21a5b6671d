import { appendAudit, type Prisma } from '@ia-modules/database';
import { v7 as uuid } from 'uuid';
import { notFound, principalId } from '../../access.ts';
import { auditActor } from '../../audit-actor.ts';
import type { ApiContext } from '../../context.ts';
import { conflict } from '../conflict.ts';
import { changeAsOperator, readAsOperator } from '../operator.ts';
import { plainText } from '../plain-text.ts';
import { fetchTakedown, TAKEDOWN_COLUMNS, type TakedownRow } from './takedown-rows.ts';
import { mailTakedown } from './takedown-mail.ts';

type Moderated = {
  readonly tenantId: string;
  /** Its owner was erased: there is no log to write into, the take-down itself is the record. */
  readonly isOrphan: boolean;
  readonly hasVersion: boolean;
};

const FIND_PLUGIN = `select tenant_id as "tenantId", is_orphan as "isOrphan", has_version as "hasVersion"
  from moderated_plugin($1, $2)`;

const findPlugin = async (context: ApiContext, name: string, version: string | null): Promise<Moderated> => {
  const { rows } = await readAsOperator(context, (client) => client.query<Moderated>(FIND_PLUGIN, [name, version]));
  if (rows[0]?.hasVersion !== true) throw notFound();
  return rows[0];
};

const requireTakedown = async (context: ApiContext, id: string): Promise<TakedownRow> => {
  const takedown = await readAsOperator(context, (client) => fetchTakedown(client, id));
  if (takedown === null) throw notFound();
  return takedown;
};

const READ = `select ${TAKEDOWN_COLUMNS} from takedowns t where t.id = $1::uuid`;

const readChanged = async (tx: Prisma.TransactionClient, id: string): Promise<TakedownRow> => {
  const [takedown] = await tx.$queryRawUnsafe<TakedownRow[]>(READ, id);
  if (takedown === undefined) throw notFound();
  return takedown;
};

export type TakeDownRequest = {
  readonly pluginName: string;
  /** Null: all versions, those to come too. */
  readonly version: string | null;
  readonly reason: string;
};

/** Takes a plugin, or one version of it, out: nothing new starts with it, and nobody gets it any more. */
export const takeDownPlugin = async (context: ApiContext, request: TakeDownRequest): Promise<TakedownRow> => {
  const { pluginName, version } = request;
  const { tenantId, isOrphan } = await findPlugin(context, pluginName, version);
  const reason = plainText(request.reason, { name: 'reason', maxLength: 2_000, hasLines: true });
  const id = uuid();
  return changeAsOperator(context, tenantId, async (tx, operator) => {
    const [done] = await tx.$queryRaw<[{ isDone: boolean }]>`
      select take_down_plugin(${id}::uuid, ${pluginName}, ${version}, ${reason}, ${operator.userId}) as "isDone"`;
    if (!done.isDone) throw conflict('It is taken down already.', 'Lift that take-down first.');
    if (!isOrphan) {
      await appendAudit(tx, {
        tenantId,
        actor: auditActor(operator),
        action: 'plugin.take_down',
        target: `plugin:${pluginName}`,
        details: { takeDown: id, version, reason },
      });
      await mailTakedown(tx, { tenantId, pluginName, version, reason });
    }
    return readChanged(tx, id);
  });
};

export const liftTakedown = async (context: ApiContext, id: string): Promise<TakedownRow> => {
  const { tenantId, pluginName, version } = await requireTakedown(context, id);
  const { isOrphan } = await findPlugin(context, pluginName, null);
  return changeAsOperator(context, tenantId, async (tx, operator) => {
    const [done] = await tx.$queryRaw<[{ isDone: boolean }]>`
      select lift_takedown(${id}::uuid, ${operator.userId}) as "isDone"`;
    if (!done.isDone) throw conflict('This take-down is lifted already.');
    if (!isOrphan) {
      await appendAudit(tx, {
        tenantId,
        actor: auditActor(operator),
        action: 'plugin.lift_take_down',
        target: `plugin:${pluginName}`,
        details: { takeDown: id, version },
      });
    }
    return readChanged(tx, id);
  });
};

export type AppealRequest = { readonly tenantId: string; readonly id: string; readonly text: string };

/** Asks the operator, as the owner of the plugin, to look at a take-down again: once. */
export const appealTakedown = async (context: ApiContext, request: AppealRequest): Promise<TakedownRow> => {
  const { tenantId, id } = request;
  const appeal = plainText(request.text, { name: 'text', maxLength: 4_000, hasLines: true });
  return context.change(tenantId, 'plugin.publish', async (tx, principal) => {
    const takedown = await tx.takedown.findFirst({ where: { tenantId, id } });
    if (takedown === null) throw notFound();
    const { count } = await tx.takedown.updateMany({
      where: { tenantId, id, appeal: null, liftedAt: null },
      data: { appeal, appealedBy: principalId(principal), appealedAt: new Date(), appealStatus: 'open' },
    });
    if (count === 0) {
      throw conflict(
        takedown.liftedAt === null ? 'There is an appeal against this take-down already.' : 'It is lifted already.',
      );
    }
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'plugin.appeal',
      target: `plugin:${takedown.pluginName}`,
      details: { takeDown: id, appeal },
    });
    return readChanged(tx, id);
  });
};

export type AppealDecision = {
  readonly id: string;
  readonly status: 'accepted' | 'rejected';
  /** The owner reads it. */
  readonly answer: string;
};

/** Answers an appeal; one that is accepted lifts the take-down. */
export const decideAppeal = async (context: ApiContext, decision: AppealDecision): Promise<TakedownRow> => {
  const { id, status } = decision;
  const { tenantId, pluginName } = await requireTakedown(context, id);
  const { isOrphan } = await findPlugin(context, pluginName, null);
  const answer = plainText(decision.answer, { name: 'answer', maxLength: 2_000, hasLines: true });
  return changeAsOperator(context, tenantId, async (tx, operator) => {
    const [done] = await tx.$queryRaw<[{ isDone: boolean }]>`
      select decide_appeal(${id}::uuid, ${status}, ${answer}, ${operator.userId}) as "isDone"`;
    if (!done.isDone) throw conflict('There is no open appeal against this take-down.');
    if (!isOrphan) {
      await appendAudit(tx, {
        tenantId,
        actor: auditActor(operator),
        action: 'plugin.decide_appeal',
        target: `plugin:${pluginName}`,
        details: { takeDown: id, status, answer },
      });
    }
    return readChanged(tx, id);
  });
};
