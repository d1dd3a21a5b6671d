export type DependencyProblem = {
    readonly kind: 'missing' | 'conflict' | 'cycle';
    readonly message: string;
    readonly hint: string;
    readonly path: readonly string[];
};

export type PluginCandidate = {
    readonly name: string;
    readonly version: string;
    readonly dependencies: Readonly<Record<string, string>>;
};

export type ResolveRequest = {
    readonly wanted: readonly WantedPlugin[];
    readonly candidates: (name: string) => readonly PluginCandidate[];
};

export type ResolvedPlugins = {
    readonly ok: true;
    readonly order: readonly PluginCandidate[];
} | {
    readonly ok: false;
    readonly problems: readonly DependencyProblem[];
};

export type WantedPlugin = {
    readonly name: string;
    readonly range: string;
};

export declare const resolvePlugins: ({ wanted, candidates }: ResolveRequest) => ResolvedPlugins;

// Named by the types above.

export {};
