import { DEFAULT_PAGE_SIZE, type PageArguments } from '../page.ts';

/** A connection costs what it may return: everything below it counts once for each node of a full page. */
export const connectionCost = ({
  first,
  last,
}: PageArguments): { readonly field: number; readonly multiplier: number } => ({
  field: 1,
  multiplier: Math.max(1, first ?? last ?? DEFAULT_PAGE_SIZE),
});

/** What a statement counts as beside fields that need none. */
export const STATEMENT_COST = 20;

type ArgumentsCost<Args> = ((args: Args) => ReturnType<typeof connectionCost>) & { readonly field: number };

/** What a field costs that takes a statement of its own for each of its parents, however little it returns. */
export const statementCost = <Args>(cost: (args: Args) => { readonly multiplier: number }): ArgumentsCost<Args> =>
  Object.assign((args: Args) => ({ field: STATEMENT_COST, ...cost(args) }), { field: STATEMENT_COST });

export const statementConnectionCost: ArgumentsCost<PageArguments> = statementCost((args) => ({
  multiplier: connectionCost(args).multiplier,
}));
