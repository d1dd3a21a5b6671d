/** What an answer may be; the first is what a client gets that does not mind. */
export const MEDIA_TYPES = ['application/json', 'application/graphql-response+json', 'text/event-stream'] as const;
export type MediaType = (typeof MEDIA_TYPES)[number];

const MAX_RANGES = 20;

const qualityOf = (parameters: readonly string[]): number => {
  const q = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('q='));
  return q === undefined ? 1 : Number(q.slice(2)) || 0;
};

const matches = (range: string, type: MediaType): boolean =>
  range === type || range === '*/*' || (range.endsWith('/*') && type.startsWith(range.slice(0, -1)));

/** Chooses what the client likes best; null when it takes nothing that there is. */
export const chooseMediaType = (accept: string | undefined): MediaType | null => {
  if (accept === undefined || accept === '*/*' || accept === MEDIA_TYPES[0]) return MEDIA_TYPES[0];
  let best: { readonly type: MediaType; readonly quality: number } | null = null;
  for (const part of accept.split(',', MAX_RANGES)) {
    const [range = '', ...parameters] = part.split(';');
    const name = range.trim().toLowerCase();
    const type = MEDIA_TYPES.find((candidate) => matches(name, candidate));
    const quality = qualityOf(parameters);
    if (type !== undefined && quality > (best?.quality ?? 0)) best = { type, quality };
  }
  return best?.type ?? null;
};
