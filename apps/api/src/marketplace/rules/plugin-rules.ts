import { appendAudit, type Prisma } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { PoolClient } from 'pg';
import { v7 as uuid } from 'uuid';
import { notFound, principalId } from '../../access.ts';
import { auditActor } from '../../audit-actor.ts';
import type { ApiContext } from '../../context.ts';
import { type CursorKey, keysetSql, type Page, SqlParameters } from '../../page.ts';
import { conflict } from '../conflict.ts';
import { plainText } from '../plain-text.ts';
import { findShutOut, type ShutOut } from './rule-hits.ts';

export const RULE_EFFECTS = {
  allow: 'Lets a plugin in. Where something is allowed, all that is not stays out.',
  deny: 'Keeps a plugin out, whatever else is allowed.',
} as const;
export type RuleEffect = keyof typeof RULE_EFFECTS;

export type PluginRuleRow = {
  readonly id: string;
  readonly pattern: string;
  readonly effect: RuleEffect;
  readonly reason: string;
  readonly createdBy: string;
  readonly createdAt: Date;
};

const COLUMNS = `r.id, r.pattern, r.effect, r.reason, r.created_by as "createdBy", r.created_at as "createdAt"`;

const MAX_RULES = 500;
const MAX_PATTERN_LENGTH = 214;
const PATTERN = /^@[a-z0-9][a-z0-9-]*\/(?:\*|[a-z0-9][a-z0-9._-]*)$/;

export const ruleKey = ({ pattern }: PluginRuleRow): CursorKey => [pattern];

export const listPluginRules = async (
  client: PoolClient,
  { tenantId, page }: Readonly<{ tenantId: string; page: Page }>,
): Promise<PluginRuleRow[]> => {
  const parameters = new SqlParameters();
  const tenant = parameters.add(tenantId, 'uuid');
  const keyset = keysetSql({ columns: [{ column: 'r.pattern', type: 'text' }], order: 'asc' }, page, parameters);
  const sql = `select ${COLUMNS} from plugin_rules r where r.tenant_id = ${tenant} and ${keyset.where} ${keyset.orderAndLimit}`;
  return (await client.query<PluginRuleRow>(sql, parameters.values)).rows;
};

const checkPattern = (pattern: string): void => {
  if (pattern.length <= MAX_PATTERN_LENGTH && PATTERN.test(pattern)) return;
  throw new PlatformError({
    code: 'IA_API_INVALID',
    message: '`pattern` is the name of a package, or all of a scope.',
    hint: 'Write `@scope/name` or `@scope/*`.',
  });
};

/** Rules of a tenant change one after the other: each is judged beside those before it. */
const lockRules = async (tx: Prisma.TransactionClient, tenantId: string): Promise<PluginRuleRow[]> => {
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`plugin rules ${tenantId}`}, 0))`;
  return tx.$queryRawUnsafe(`select ${COLUMNS} from plugin_rules r where r.tenant_id = $1::uuid`, tenantId);
};

export type ChangedRule = {
  readonly rule: PluginRuleRow;
  readonly shutOut: ShutOut;
  readonly dryRun: boolean;
};

export type CreateRuleRequest = {
  readonly tenantId: string;
  readonly pattern: string;
  readonly effect: RuleEffect;
  readonly reason: string;
  readonly dryRun: boolean;
};

/** Adds a rule, or says what it would keep out. */
export const createPluginRule = async (context: ApiContext, request: CreateRuleRequest): Promise<ChangedRule> => {
  const { tenantId, pattern, effect, dryRun } = request;
  checkPattern(pattern);
  const reason = plainText(request.reason, { name: 'reason', maxLength: 500, mayBeEmpty: true });
  return context.change(tenantId, 'plugin.install', async (tx, principal) => {
    const before = await lockRules(tx, tenantId);
    const same = before.find((rule) => rule.pattern === pattern);
    if (same !== undefined) throw conflict(`There is a rule for ${pattern}: ${same.effect}.`, 'Delete that one first.');
    if (before.length >= MAX_RULES)
      throw conflict(`A tenant has up to ${MAX_RULES} rules.`, 'Deny or allow whole scopes.');
    const rule = { id: uuid(), pattern, effect, reason, createdBy: principalId(principal), createdAt: new Date() };
    const shutOut = await findShutOut(tx, { tenantId, before, after: [...before, rule] });
    if (dryRun) return { rule, shutOut, dryRun };
    await tx.pluginRule.create({ data: { ...rule, tenantId } });
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'plugin_rule.create',
      target: `plugin_rule:${pattern}`,
      details: { after: { pattern, effect, reason } },
    });
    return { rule, shutOut, dryRun };
  });
};

export type DeleteRuleRequest = Pick<CreateRuleRequest, 'tenantId' | 'pattern' | 'dryRun'>;

/** Takes a rule away, or says what that would keep out: without one of several that allow, its plugins are out. */
export const deletePluginRule = async (context: ApiContext, request: DeleteRuleRequest): Promise<ChangedRule> => {
  const { tenantId, pattern, dryRun } = request;
  return context.change(tenantId, 'plugin.install', async (tx, principal) => {
    const before = await lockRules(tx, tenantId);
    const rule = before.find((candidate) => candidate.pattern === pattern);
    if (rule === undefined) throw notFound();
    const shutOut = await findShutOut(tx, { tenantId, before, after: before.filter((other) => other !== rule) });
    if (dryRun) return { rule, shutOut, dryRun };
    await tx.pluginRule.deleteMany({ where: { tenantId, pattern } });
    const { effect, reason } = rule;
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'plugin_rule.delete',
      target: `plugin_rule:${pattern}`,
      details: { before: { pattern, effect, reason } },
    });
    return { rule, shutOut, dryRun };
  });
};
