/** A row of the table of permissions. */
export type PermissionRow = Readonly<{ roles: readonly string[]; scope: string; forPeople?: boolean }>;

export type PermissionTable = Readonly<{
  roles: readonly string[];
  permissions: Readonly<Record<string, PermissionRow>>;
}>;

const BEGIN = '<!-- permissions: begin -->\n';
const END = '<!-- permissions: end -->\n';

/** The table as a document has it, in the order of the code. */
export function renderPermissionTable({ roles, permissions }: PermissionTable): string {
  const lines = [
    `| permission | ${roles.join(' | ')} | service account | scope of a token |`,
    `|---|${'---|'.repeat(roles.length + 2)}`,
    ...Object.entries(permissions).map(([name, rule]) => {
      const marks = roles.map((role) => (rule.roles.includes(role) ? '●' : ''));
      const robots = rule.forPeople === true ? 'never' : 'as its role';
      return `| \`${name}\` | ${marks.join(' | ')} | ${robots} | \`${rule.scope}\` |`;
    }),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/**
 * The page with the table of the code between its marks.
 * @throws Error when the page has no such marks
 */
export function withPermissionTable(page: string, table: PermissionTable): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error('The page has no marks for the table of permissions.');
  return `${page.slice(0, begin + BEGIN.length)}\n${renderPermissionTable(table)}\n${page.slice(end)}`;
}
