const TIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/;

/** Reads a date or a time in ISO 8601 as milliseconds since 1970, in UTC when it has no offset; undefined when it is neither. */
export const readTime = (text: string): number | undefined => {
  const [, date, time = '00:00', offset = 'Z'] = TIME.exec(text) ?? [];
  if (date === undefined || !isDate(date)) return undefined;
  const at = Date.parse(`${date}T${time}${offset}`);
  return Number.isNaN(at) ? undefined : at;
};

/** Whether the month has the day: JavaScript goes on into the next one. */
const isDate = (date: string): boolean => {
  const at = Date.parse(date);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(date);
};
