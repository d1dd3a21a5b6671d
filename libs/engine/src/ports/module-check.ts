/** Looks at local modules without running them. `path` stands as in the pipeline, relative to its folder. */
export type ModuleCheck = {
  /** What is wrong with the module: it is missing, can't be parsed, or does not export the name. */
  check(path: string, exportName: string): { readonly message: string; readonly hint?: string } | undefined;
};
