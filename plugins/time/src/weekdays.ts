import { z } from 'zod';

/** As ISO 8601 counts them, from 1. */
export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export const weekday = z.enum(WEEKDAYS);
export type Weekday = (typeof WEEKDAYS)[number];

export const weekdayOf = ({ dayOfWeek }: { readonly dayOfWeek: number }): Weekday =>
  WEEKDAYS[dayOfWeek - 1] ?? 'monday';
