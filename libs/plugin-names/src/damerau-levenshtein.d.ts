declare module 'damerau-levenshtein' {
  export default function distance(a: string, b: string): Readonly<{ steps: number }>;
}
