import { type Command, Option } from 'commander';
import { readJsonObject, wholeNumber } from '../platform/argument-values.ts';
import { notFound } from '../platform/api-failure.ts';
import {
  type Approval,
  approvalList,
  approvalsOfRun,
  decideApproval,
} from '../platform/documents/approval-documents.ts';
import { shortId } from '../platform/global-id.ts';
import { platformCommand, withSession } from '../platform/platform-command.ts';
import type { PlatformSession } from '../platform/platform-session.ts';
import { readList } from '../platform/read-list.ts';
import { printable } from '../printable.ts';
import { printedDistance } from '../printed-time.ts';
import { formatTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import type { CommandRegistration } from './registration.ts';

const STATUSES = ['open', 'approved', 'rejected', 'expired', 'canceled'] as const;
const DECISIONS = { approve: 'APPROVE', reject: 'REJECT' } as const;
type Decision = keyof typeof DECISIONS;

type ListOptions = { readonly status: readonly string[]; readonly limit: number };
type VoteOptions = { readonly values?: string; readonly comment?: string };

/** `ia-modules approvals …`: what people are asked. */
export const addApprovalsCommands = (registration: CommandRegistration): void => {
  const approvals = registration.program.command('approvals').description('What runs ask people, and their answers.');
  platformCommand(approvals, 'list', 'List approvals, the newest first.')
    .addOption(new Option('--status <status...>', 'only in one of these states').choices(STATUSES).default(['open']))
    .option('--limit <n>', 'at most so many', wholeNumber(1, 10_000), 50)
    .action(withSession<ListOptions>(registration, list));
  addVoteOptions(platformCommand(approvals, 'decide <id> <decision>', 'Decide an approval: approve or reject.')).action(
    withSession<VoteOptions, [string, string]>(registration, async (session, options, [id, decision]) => {
      if (decision !== 'approve' && decision !== 'reject') throw new UsageError('A decision is approve or reject.');
      await vote(session, { approvalId: await session.idOf('Approval', id), decision, options });
    }),
  );
};

/** `ia-modules runs approve|reject`: the same by run and step. */
export const addVoteCommands = (registration: CommandRegistration, runs: Command): void => {
  for (const decision of ['approve', 'reject'] as const) {
    addVoteOptions(platformCommand(runs, `${decision} <id>`, `${DECISION_WORDS[decision]} what a run asks.`))
      .option('--step <step>', 'which of its steps asks, or the key of the approval: review#2/0')
      .action(
        withSession<VoteOptions & { readonly step?: string }, [string]>(
          registration,
          async (session, options, [run]) => {
            const { id: approvalId } = await findApproval(session, await session.idOf('Run', run), options.step);
            await vote(session, { approvalId, decision, options });
          },
        ),
      );
  }
};

const DECISION_WORDS: Readonly<Record<Decision, string>> = { approve: 'Approve', reject: 'Reject' };

const addVoteOptions = (command: Command): Command =>
  command
    .option('--values <json>', 'what is filled into its form: a JSON object, or @file')
    .option('--comment <text>', 'why');

const list = async (session: PlatformSession, { status, limit }: ListOptions): Promise<void> => {
  const { slug } = await session.tenant();
  const found = await readList(limit, async (page) => {
    const { tenant } = await session.api.query(approvalList, { slug, status, ...page });
    return tenant?.approvals;
  });
  session.print({ json: { approvals: found }, text: () => formatApprovals(found, session.terminal.style) });
  if (found.length === 0 && !session.isJson) session.terminal.writeError('No approvals.\n');
};

const formatApprovals = (found: readonly Approval[], style: Terminal['style']): string => {
  const nowMs = Date.now();
  return formatTable(
    {
      titles: ['ID', 'PIPELINE', 'STATUS', 'ASKED', 'DEADLINE', 'ASSIGNEES'],
      rows: found.map((approval) => [
        printable(shortId(approval.id)),
        printable(approval.run.pipeline.name),
        printable(approval.status),
        printedDistance(approval.requestedAt, nowMs),
        approval.deadlineAt === null ? '' : printedDistance(approval.deadlineAt, nowMs),
        printable(approval.assignees.join(', ')),
      ]),
    },
    style,
  );
};

const NONE_OPEN =
  'The run waits for no approval. What its sub-pipelines ask, `approvals list --status open` shows by their own runs.';

/** The one open approval of a run that is meant. */
const findApproval = async (session: PlatformSession, id: string, step: string | undefined): Promise<Approval> => {
  const { node } = await session.api.query(approvalsOfRun, { id });
  if (node === null) throw notFound(`There is no run ${shortId(id)} that the token may see.`);
  const open = node.approvals.nodes;
  const [only, ...others] =
    step === undefined ? open : open.filter(({ key, stepId }) => step === key || step === stepId);
  const keys = open.map(({ key }) => key).join(', ');
  if (only === undefined) {
    throw notFound(open.length === 0 ? NONE_OPEN : `'${step}' asks for nothing; these do: ${keys}.`);
  }
  if (others.length > 0) throw new UsageError(`Several approvals are open: name one with --step: ${keys}.`);
  return only;
};

type Vote = { readonly approvalId: string; readonly decision: Decision; readonly options: VoteOptions };

const vote = async (session: PlatformSession, { approvalId, decision, options }: Vote): Promise<void> => {
  const { values, comment = null } = options;
  const given = values === undefined ? {} : { values: await readJsonObject(values, '--values') };
  const input = { approvalId, decision: DECISIONS[decision], comment, ...given };
  const { approval } = await session.api.mutate(decideApproval, { input });
  session.print({
    json: { approval },
    text: () => `run ${shortId(approval.run.id)}: the vote on ${approval.stepId} is stored\n`,
  });
};
