import { type ClassValue, clsx } from 'clsx';
import { twMerge } from 'tailwind-merge';

/** Joins class names; of two Tailwind classes for one property the last wins. */
export const classNames = (...values: ClassValue[]): string => twMerge(clsx(values));
