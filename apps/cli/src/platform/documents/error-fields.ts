/** What is asked of the errors in a result union. */
export const ERROR_FIELDS = `... on Error { code message hint }
    ... on ValidationFailed { diagnostics { code path message hint } }`;
