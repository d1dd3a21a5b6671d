export { readsLike } from './reads-like.ts';
export { reservedLikenessOf } from './reserved-scopes.ts';
