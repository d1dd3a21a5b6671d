import { type CursorKey, type Keyset, keysetSql, type Page, SqlParameters } from '../../page.ts';
import type { CatalogueReader } from '../../plugins/plugin-rows.ts';

export type ReviewRow = {
  readonly id: string;
  readonly pluginName: string;
  /** Which version it is about. */
  readonly version: string;
  readonly stars: number;
  readonly title: string;
  readonly body: string;
  /** Of the profile that it is signed with. */
  readonly publisherScope: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly answer: string | null;
  readonly answeredAt: Date | null;
  readonly hiddenReason: string | null;
  readonly hiddenAt: Date | null;
};

/** Who wrote it is left out: strangers learn of a tenant what it signs with. */
export const REVIEW_COLUMNS = `r.id, r.plugin_name as "pluginName", r.version, r.stars, r.title, r.body,
  (select b.scope from publishers b where r.is_signed and b.tenant_id = r.tenant_id) as "publisherScope",
  r.created_at as "createdAt", r.updated_at as "updatedAt", r.answer, r.answered_at as "answeredAt",
  r.hidden_reason as "hiddenReason", r.hidden_at as "hiddenAt"`;

export type ReviewOrder = 'newest' | 'highest' | 'lowest';

const AGE = [
  { column: 'r.created_at', type: 'timestamptz' },
  { column: 'r.id', type: 'uuid' },
] as const;
const BY_STARS = [{ column: 'r.stars', type: 'int' }, ...AGE] as const;

const KEYSETS: Readonly<Record<ReviewOrder, Keyset>> = {
  newest: { columns: AGE, order: 'desc' },
  highest: { columns: BY_STARS, order: 'desc' },
  lowest: { columns: BY_STARS, order: 'asc' },
};

export const reviewKeyLength = (order: ReviewOrder): number => KEYSETS[order].columns.length;

export const reviewKey =
  (order: ReviewOrder) =>
  ({ stars, createdAt, id }: ReviewRow): CursorKey =>
    order === 'newest' ? [createdAt.toISOString(), id] : [stars, createdAt.toISOString(), id];

export type ReviewQuery = {
  readonly pluginName: string;
  readonly stars: readonly number[] | null;
  readonly order: ReviewOrder;
  readonly page: Page;
};

/** What everybody sees of what is said of a plugin. */
export const listReviews = async (
  reader: CatalogueReader,
  { pluginName, stars, order, page }: ReviewQuery,
): Promise<ReviewRow[]> => {
  const parameters = new SqlParameters();
  const name = parameters.add(pluginName, 'text');
  const wanted = stars === null ? 'true' : `r.stars = any(${parameters.add(stars, 'int[]')})`;
  const keyset = keysetSql(KEYSETS[order], page, parameters);
  const sql = `select ${REVIEW_COLUMNS} from plugin_reviews r
    where r.plugin_name = ${name} and r.hidden_at is null and ${wanted} and ${keyset.where} ${keyset.orderAndLimit}`;
  return (await reader.query<ReviewRow>(sql, parameters.values)).rows;
};

export type StarCount = { readonly stars: number; readonly count: number };

export type Rating = {
  /** Null while nobody has said anything. */
  readonly average: number | null;
  readonly count: number;
  /** From five stars to one. */
  readonly histogram: readonly StarCount[];
};

const COUNT_STARS = `select r.stars, count(*)::int as count from plugin_reviews r
  where r.plugin_name = $1 and r.hidden_at is null group by r.stars`;

export const readRating = async (reader: CatalogueReader, pluginName: string): Promise<Rating> => {
  const { rows } = await reader.query<StarCount>(COUNT_STARS, [pluginName]);
  const histogram = [5, 4, 3, 2, 1].map((stars) => rows.find((row) => row.stars === stars) ?? { stars, count: 0 });
  const count = histogram.reduce((sum, row) => sum + row.count, 0);
  const sum = histogram.reduce((total, row) => total + row.stars * row.count, 0);
  return { count, histogram, average: count === 0 ? null : sum / count };
};

/** The review of a tenant, hidden or not. */
export const fetchOwnReview = async (
  reader: CatalogueReader,
  { tenantId, pluginName }: Readonly<{ tenantId: string; pluginName: string }>,
): Promise<ReviewRow | null> => {
  const sql = `select ${REVIEW_COLUMNS} from plugin_reviews r where r.tenant_id = $1::uuid and r.plugin_name = $2`;
  return (await reader.query<ReviewRow>(sql, [tenantId, pluginName])).rows[0] ?? null;
};

export const fetchReview = async (reader: CatalogueReader, id: string): Promise<ReviewRow | null> => {
  const sql = `select ${REVIEW_COLUMNS} from plugin_reviews r where r.id = $1::uuid`;
  return (await reader.query<ReviewRow>(sql, [id])).rows[0] ?? null;
};
