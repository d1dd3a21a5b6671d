import { z } from 'zod';

export type FakeClock = Clock & {
    readonly advance: (ms: number) => Promise<void>;
    readonly sleepers: () => number;
    readonly forCall: (signal: AbortSignal) => Clock;
};

export type FakeClockOptions = {
    readonly isAutomatic?: boolean;
};

export type Fixture = z.output<typeof fixtureSchema>;

export type FixtureResult = {
    readonly name: string;
    readonly failures: readonly string[];
    readonly outcome: TestOutcome;
};

export type HttpExchange = z.output<typeof exchange>;

export type HttpTape = readonly HttpExchange[];

export type RunOptions = {
    readonly secrets?: Readonly<Record<string, string>>;
    readonly clock?: Clock | FakeClock;
    readonly http?: TestHttp;
    readonly kind?: ContributionKind;
    readonly idempotencyKey?: string;
    readonly attempt?: number;
    readonly signal?: AbortSignal;
    readonly timeoutMs?: number;
};

export type StoredBlob = {
    readonly reference: BlobReference;
    readonly bytes: Uint8Array;
};

export type TestHttp = {
    readonly tape: HttpTape;
} | {
    readonly record: true;
};

export type TestOutcome = TestRecord & ({
    readonly ok: true;
    readonly output: Json;
} | {
    readonly ok: false;
    readonly error: PlatformError;
});

export type TestPlatform = {
    readonly manifest: PluginManifest;
    readonly run: (name: string, input: unknown, options?: RunOptions) => Promise<TestResult>;
    readonly attempt: (name: string, input: unknown, options?: RunOptions) => Promise<TestOutcome>;
    readonly putBlob: (bytes: Uint8Array, contentType?: string) => BlobReference;
    readonly health: (options?: Pick<RunOptions, 'secrets' | 'clock' | 'http'>) => Promise<void>;
    readonly close: () => Promise<void>;
};

export type TestPlatformInit = Pick<RunOptions, 'secrets' | 'clock' | 'http'> & {
    readonly plugin: Plugin;
    readonly packageJson?: unknown;
    readonly manifest?: PluginManifest;
    readonly grant?: Partial<PluginGrant>;
    readonly dependencies?: Readonly<Record<string, TestPlatform>>;
};

export type TestRecord = {
    readonly logs: readonly LogLine[];
    readonly progress: readonly {
        readonly fraction: number;
        readonly message?: string;
    }[];
    readonly costUsd: number;
    readonly spans: readonly SpanRecord[];
    readonly metrics: readonly MetricRecord[];
    readonly requests: readonly TestRequest[];
    readonly blobs: readonly StoredBlob[];
    readonly tape: HttpTape;
};

export type TestRequest = {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | null;
};

export type TestResult = TestRecord & {
    readonly output: Json;
};

export declare const createFakeClock: (startMs?: number, { isAutomatic }?: FakeClockOptions) => FakeClock;

export declare const createTestPlatform: (init: TestPlatformInit) => TestPlatform;

export declare const fixtureSchema: z.ZodObject<{
    name: z.ZodString;
    kind: z.ZodEnum<{
        condition: "condition";
        exporter: "exporter";
        hook: "hook";
        reporter: "reporter";
        step: "step";
        transform: "transform";
        validator: "validator";
    }>;
    contribution: z.ZodString;
    input: z.ZodJSONSchema;
    secrets: z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodString>>;
    http: z.ZodDefault<z.ZodArray<z.ZodObject<{
        request: z.ZodObject<{
            method: z.ZodString;
            url: z.ZodString;
            headers: z.ZodOptional<z.ZodRecord<z.ZodString, z.ZodString>>;
            body: z.ZodOptional<z.ZodString>;
        }, z.core.$strict>;
        response: z.ZodObject<{
            status: z.ZodInt;
            headers: z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodString>>;
            body: z.ZodOptional<z.ZodString>;
            bodyBase64: z.ZodOptional<z.ZodBase64>;
        }, z.core.$strict>;
    }, z.core.$strict>>>;
    now: z.ZodOptional<z.ZodISODateTime>;
    expect: z.ZodObject<{
        output: z.ZodOptional<z.ZodJSONSchema>;
        error: z.ZodOptional<z.ZodObject<{
            code: z.ZodOptional<z.ZodString>;
            name: z.ZodOptional<z.ZodString>;
            message: z.ZodOptional<z.ZodString>;
        }, z.core.$strict>>;
        logs: z.ZodOptional<z.ZodArray<z.ZodString>>;
        costUsd: z.ZodOptional<z.ZodNumber>;
    }, z.core.$strict>;
}, z.core.$strict>;

export declare const httpTapeSchema: z.ZodArray<z.ZodObject<{
    request: z.ZodObject<{
        method: z.ZodString;
        url: z.ZodString;
        headers: z.ZodOptional<z.ZodRecord<z.ZodString, z.ZodString>>;
        body: z.ZodOptional<z.ZodString>;
    }, z.core.$strict>;
    response: z.ZodObject<{
        status: z.ZodInt;
        headers: z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodString>>;
        body: z.ZodOptional<z.ZodString>;
        bodyBase64: z.ZodOptional<z.ZodBase64>;
    }, z.core.$strict>;
}, z.core.$strict>>;

export declare const loadFixtures: (directory: string) => Promise<readonly Fixture[]>;

export declare const runFixture: (platform: TestPlatform, fixture: Fixture) => Promise<FixtureResult>;

// Named by the types above.

type BlobReference = {
    readonly blob: string;
    readonly sizeBytes: number;
    readonly contentType: string;
};

type Blobs = {
    readonly put: (bytes: Uint8Array, options?: {
        readonly contentType?: string;
    }) => Promise<BlobReference>;
    readonly get: (reference: BlobReference) => Promise<Uint8Array>;
};

declare const CONTRIBUTION_KINDS: readonly ['step', 'condition', 'validator', 'transform', 'hook', 'reporter', 'exporter'];

type Clock = {
    readonly now: () => number;
    readonly sleep: (ms: number) => Promise<void>;
};

type Condition = Contribution<'condition'>;

type Contribution<K extends ContributionKind = ContributionKind> = {
    readonly kind: K;
    readonly name: string;
    readonly describe: () => ContributionDescription;
    readonly run: (input: Json, ctx: PluginContext) => Promise<Json>;
};

type ContributionDescription = Required<Pick<ContributionInfo, 'name' | 'title' | 'description'>> & {
    readonly icon?: string;
    readonly input?: JsonSchema;
    readonly output?: JsonSchema;
    readonly config?: JsonSchema;
};

type ContributionInfo = {
    readonly name: string;
    readonly title?: string;
    readonly description?: string;
    readonly icon?: string;
};

type ContributionKind = (typeof CONTRIBUTION_KINDS)[number];

type Disposition = 'retry' | 'terminal' | 'canceled' | 'timeout' | 'pause';

declare const ERROR_CODES: {
    IA_API_FORBIDDEN: string;
    IA_API_UNAUTHENTICATED: string;
    IA_API_LIMIT: string;
    IA_API_NOT_FOUND: string;
    IA_API_CONFLICT: string;
    IA_API_INVALID: string;
    IA_API_BUSY: string;
    IA_API_DOCUMENT: string;
    IA_API_QUOTA: string;
    IA_API_RATE_LIMIT: string;
    IA_API_SLOW_READER: string;
    IA_API_TIMEOUT: string;
    IA_APPROVAL_CLOSED: string;
    IA_APPROVAL_DEADLINE: string;
    IA_APPROVAL_FORM: string;
    IA_APPROVAL_NOT_ASSIGNEE: string;
    IA_APPROVAL_REJECTED: string;
    IA_APPROVAL_SELF: string;
    IA_APPROVAL_VOTED: string;
    IA_BLOB_CHANGED: string;
    IA_BLOB_CORRUPT: string;
    IA_BLOB_KEY: string;
    IA_BLOB_MISSING: string;
    IA_BLOB_NO_SPACE: string;
    IA_BLOB_UNAVAILABLE: string;
    IA_BRANCH_NONE: string;
    IA_JOIN_UNMET: string;
    IA_LOOP_EXHAUSTED: string;
    IA_MAP_ITEMS: string;
    IA_CIRCUIT_OPEN: string;
    IA_CLI_API_ANSWER: string;
    IA_CLI_API_UNREACHABLE: string;
    IA_CLI_CONNECTION_LOST: string;
    IA_CLI_NPM: string;
    IA_CLI_SIGN_IN: string;
    IA_CLI_TENANT: string;
    IA_CONFIG_INVALID: string;
    IA_INTERNAL: string;
    IA_DATABASE_DATA: string;
    IA_DATABASE_FULL: string;
    IA_DATABASE_MIGRATION: string;
    IA_DATABASE_PORT: string;
    IA_DATABASE_START: string;
    IA_DATABASE_UNAVAILABLE: string;
    IA_EFFECT_UNKNOWN: string;
    IA_EXPRESSION_FAILED: string;
    IA_EXPRESSION_INVALID: string;
    IA_EXPRESSION_LIMIT: string;
    IA_PARAMETERS_INVALID: string;
    IA_PIPELINE_APPROVAL: string;
    IA_PIPELINE_BOM: string;
    IA_PIPELINE_BUDGET: string;
    IA_PIPELINE_CANCELS: string;
    IA_PIPELINE_COMPENSATION: string;
    IA_PIPELINE_CONSTANT_CONDITION: string;
    IA_PIPELINE_CYCLE: string;
    IA_PIPELINE_DEAD_TRANSITION: string;
    IA_PIPELINE_DEFAULT: string;
    IA_PIPELINE_DUPLICATE_KEY: string;
    IA_PIPELINE_DUPLICATE_STEP: string;
    IA_PIPELINE_DUPLICATE_TRANSITION: string;
    IA_PIPELINE_DURATION: string;
    IA_PIPELINE_ERROR_TRANSITION: string;
    IA_PIPELINE_IMPORT: string;
    IA_PIPELINE_IMPORT_LEFTOVER: string;
    IA_PIPELINE_INVALID: string;
    IA_PIPELINE_ITEMS: string;
    IA_PIPELINE_JOIN: string;
    IA_PIPELINE_LOGGED_SECRET: string;
    IA_PIPELINE_LOOP: string;
    IA_PIPELINE_MAYBE_MISSING: string;
    IA_PIPELINE_MODULE: string;
    IA_PIPELINE_MORE: string;
    IA_PIPELINE_NO_TIMEOUT: string;
    IA_PIPELINE_PARAMETERS: string;
    IA_PIPELINE_PLUGIN: string;
    IA_PIPELINE_RANGE: string;
    IA_PIPELINE_RECURSION: string;
    IA_PIPELINE_REFERENCE: string;
    IA_PIPELINE_RETRY: string;
    IA_PIPELINE_ROUTER: string;
    IA_PIPELINE_SECRET: string;
    IA_PIPELINE_SHADOWED_DEFAULT: string;
    IA_PIPELINE_SHAPE: string;
    IA_PIPELINE_SYNTAX: string;
    IA_PIPELINE_TEXT: string;
    IA_PIPELINE_TOO_DEEP: string;
    IA_PIPELINE_TOO_LARGE: string;
    IA_PIPELINE_TYPE: string;
    IA_PIPELINE_UNKNOWN_KEY: string;
    IA_PIPELINE_UNKNOWN_PARAMETER: string;
    IA_PIPELINE_UNKNOWN_PIPELINE: string;
    IA_PIPELINE_UNKNOWN_STEP: string;
    IA_PIPELINE_UNKNOWN_USES: string;
    IA_PIPELINE_UNREACHABLE: string;
    IA_PIPELINE_UNREADABLE: string;
    IA_PIPELINE_UNSAFE_KEY: string;
    IA_PIPELINE_UNSUPPORTED: string;
    IA_PIPELINE_UNUSED_PARAMETER: string;
    IA_PIPELINE_WITH: string;
    IA_PLATFORM_BROWSER: string;
    IA_PLATFORM_BUILD: string;
    IA_PLATFORM_DATA_DIR: string;
    IA_PLATFORM_DEMO: string;
    IA_PLATFORM_PORT: string;
    IA_PLATFORM_PUBLISH: string;
    IA_PLATFORM_RUNNING: string;
    IA_PLATFORM_SEED: string;
    IA_PLATFORM_SERVICE: string;
    IA_PLUGIN_ADVISORY: string;
    IA_PLUGIN_BLOB_DENIED: string;
    IA_PLUGIN_BUILT_IN: string;
    IA_PLUGIN_CANCELED: string;
    IA_PLUGIN_CRASHED: string;
    IA_PLUGIN_DEPENDENCY: string;
    IA_PLUGIN_DEPRECATED: string;
    IA_PLUGIN_DOWNLOAD: string;
    IA_PLUGIN_FAILED: string;
    IA_PLUGIN_FILE_DENIED: string;
    IA_PLUGIN_FIXTURE: string;
    IA_PLUGIN_INCOMPATIBLE: string;
    IA_PLUGIN_INPUT: string;
    IA_PLUGIN_INTEGRITY: string;
    IA_PLUGIN_LIMIT: string;
    IA_PLUGIN_MANIFEST: string;
    IA_PLUGIN_NET_DENIED: string;
    IA_PLUGIN_NET_FAILED: string;
    IA_PLUGIN_NET_TAPE: string;
    IA_PLUGIN_NOT_ALLOWED: string;
    IA_PLUGIN_NOT_INSTALLED: string;
    IA_PLUGIN_OUTPUT: string;
    IA_PLUGIN_PROTOCOL: string;
    IA_PLUGIN_SANDBOX: string;
    IA_PLUGIN_SCHEMA: string;
    IA_PLUGIN_SHELL_DENIED: string;
    IA_PLUGIN_SIGNATURE: string;
    IA_PLUGIN_STEP: string;
    IA_PLUGIN_TAKEN_DOWN: string;
    IA_PLUGIN_TARBALL: string;
    IA_RUN_ENDED: string;
    IA_RUN_COST: string;
    IA_RUN_COMMAND: string;
    IA_RUN_EFFECT_UNKNOWN: string;
    IA_RUN_FORK: string;
    IA_RUN_KILLED: string;
    IA_RUN_POISON: string;
    IA_RUN_PRUNED: string;
    IA_RUN_STALLED: string;
    IA_RUN_TIMEOUT: string;
    IA_RUN_TOO_LARGE: string;
    IA_REGISTRY_BUSY: string;
    IA_REGISTRY_ELSEWHERE: string;
    IA_REGISTRY_FORBIDDEN: string;
    IA_REGISTRY_IMMUTABLE: string;
    IA_REGISTRY_NAME: string;
    IA_REGISTRY_NOT_FOUND: string;
    IA_REGISTRY_PACKAGE: string;
    IA_REGISTRY_REQUEST: string;
    IA_REGISTRY_SECRET: string;
    IA_REGISTRY_SELF_TEST: string;
    IA_REGISTRY_TARBALL: string;
    IA_REGISTRY_UNAUTHENTICATED: string;
    IA_REGISTRY_UNAVAILABLE: string;
    IA_REGISTRY_UNSUPPORTED: string;
    IA_REGISTRY_VERSION_EXISTS: string;
    IA_RUNTIME_LEASE_LOST: string;
    IA_RUNTIME_LOAD_FAILED: string;
    IA_RUNTIME_LOG_CONFLICT: string;
    IA_RUNTIME_PARKED: string;
    IA_RUNTIME_STOPPED: string;
    IA_RUNTIME_REPLAY: string;
    IA_SECRET_KEY: string;
    IA_SECRET_UNKNOWN: string;
    IA_SERVICE_CIRCULAR: string;
    IA_SERVICE_DISPOSED: string;
    IA_SERVICE_DUPLICATE: string;
    IA_SERVICE_LIFETIME: string;
    IA_SERVICE_MISSING: string;
    IA_STEP_UNKNOWN: string;
    IA_STEP_TIMEOUT: string;
    IA_SUBPIPELINE_DEPTH: string;
    IA_SUBPIPELINE_FAILED: string;
    IA_SUBPIPELINE_UNKNOWN: string;
    IA_TASK_FAILED: string;
    IA_TASK_TIMEOUT: string;
    IA_VALIDATION_FAILED: string;
};

type ErrorCode = keyof typeof ERROR_CODES;

type ErrorInit = {
    readonly code: ErrorCode;
    readonly message: string;
    readonly hint?: string | undefined;
    readonly fault?: Fault | undefined;
    readonly disposition?: Disposition | undefined;
    readonly details?: Readonly<Record<string, unknown>> | undefined;
    readonly cause?: unknown;
};

type Exporter = Contribution<'exporter'>;

type Fault = 'user' | 'plugin' | 'infra' | 'bug';

type Hook = Contribution<'hook'>;

type Json = string | number | boolean | null | readonly Json[] | {
    readonly [key: string]: Json;
};

type JsonSchema = {
    readonly [keyword: string]: unknown;
};

type Labels = Readonly<Record<string, string | number | boolean>>;

type LifecycleContext = Pick<PluginContext, 'fetch' | 'logger' | 'signal' | 'secrets' | 'clock' | 'metrics'>;

type LogLine = {
    readonly level: 'debug' | 'info' | 'warn' | 'error';
    readonly message: string;
};

type Logger = {
    readonly debug: (message: string) => void;
    readonly info: (message: string) => void;
    readonly warn: (message: string) => void;
    readonly error: (message: string) => void;
};

type MeasureSpan = <T>(name: string, work: (span: Span) => T | Promise<T>, attributes?: Labels) => Promise<T>;

type MetricRecord = {
    readonly kind: 'counter' | 'histogram';
    readonly name: string;
    readonly value: number;
    readonly labels: Labels;
};

declare class PlatformError extends Error {
    readonly name: string;
    readonly code: ErrorCode;
    readonly hint: string | undefined;
    readonly fault: Fault;
    readonly disposition: Disposition;
    readonly details: Readonly<Record<string, unknown>> | undefined;
    constructor(init: ErrorInit);
}

type Plugin = Pick<PluginInit, 'init' | 'health' | 'shutdown'> & {
    readonly contributions: readonly Contribution[];
};

type PluginContext = {
    readonly fetch: typeof fetch;
    readonly logger: Logger;
    readonly signal: AbortSignal;
    readonly secrets: Readonly<Record<string, string>>;
    readonly idempotencyKey: string;
    readonly task: TaskInfo;
    readonly clock: Clock;
    readonly metrics: PluginMetrics;
    readonly blobs: Blobs;
    readonly plugins: Plugins;
    readonly progress: (fraction: number, message?: string) => void;
    readonly cost: (usd: number) => void;
    readonly span: MeasureSpan;
};

type PluginGrant = z.infer<typeof grantSchema>;

type PluginInit = {
    readonly steps?: readonly Step[];
    readonly conditions?: readonly Condition[];
    readonly validators?: readonly Validator[];
    readonly transforms?: readonly Transform[];
    readonly hooks?: readonly Hook[];
    readonly reporters?: readonly Reporter[];
    readonly exporters?: readonly Exporter[];
    readonly init?: (ctx: LifecycleContext) => void | Promise<void>;
    readonly health?: (ctx: LifecycleContext) => void | Promise<void>;
    readonly shutdown?: () => void | Promise<void>;
};

type PluginManifest = z.infer<typeof manifestSchema>;

type PluginMetrics = {
    readonly count: (name: string, by?: number, labels?: Labels) => void;
    readonly record: (name: string, value: number, labels?: Labels) => void;
};

type Plugins = {
    readonly call: (uses: string, input: Json) => Promise<Json>;
};

type Reporter = Contribution<'reporter'>;

type Span = {
    readonly set: (attributes: Labels) => void;
    readonly span: MeasureSpan;
};

type SpanRecord = {
    readonly spanId: number;
    readonly parentId: number | null;
    readonly name: string;
    readonly startedAt: number;
    readonly durationMs: number;
    readonly attributes: Labels;
    readonly error: string | null;
};

type Step = Contribution<'step'>;

type TaskInfo = {
    readonly runId: string;
    readonly stepId: string;
    readonly attempt: number;
};

type Transform = Contribution<'transform'>;

type Validator = Contribution<'validator'>;

declare const exchange: z.ZodObject<{
    request: z.ZodObject<{
        method: z.ZodString;
        url: z.ZodString;
        headers: z.ZodOptional<z.ZodRecord<z.ZodString, z.ZodString>>;
        body: z.ZodOptional<z.ZodString>;
    }, z.core.$strict>;
    response: z.ZodObject<{
        status: z.ZodInt;
        headers: z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodString>>;
        body: z.ZodOptional<z.ZodString>;
        bodyBase64: z.ZodOptional<z.ZodBase64>;
    }, z.core.$strict>;
}, z.core.$strict>;

declare const grantSchema: z.ZodObject<{
    net: z.ZodDefault<z.ZodArray<z.ZodString>>;
    secrets: z.ZodDefault<z.ZodArray<z.ZodString>>;
    blobs: z.ZodDefault<z.ZodBoolean>;
}, z.core.$strict>;

declare const manifestSchema: z.ZodObject<{
    apiVersion: z.ZodLiteral<1>;
    entry: z.ZodDefault<z.ZodString>;
    runtime: z.ZodDefault<z.ZodEnum<{
        sandbox: "sandbox";
        trusted: "trusted";
    }>>;
    icon: z.ZodOptional<z.ZodString>;
    category: z.ZodOptional<z.ZodEnum<{
        ai: "ai";
        communication: "communication";
        data: "data";
        databases: "databases";
        documents: "documents";
        flow: "flow";
        monitoring: "monitoring";
        other: "other";
        security: "security";
        storage: "storage";
        text: "text";
        web: "web";
    }>>;
    engines: z.ZodOptional<z.ZodObject<{
        platform: z.ZodString;
    }, z.core.$strict>>;
    contributions: z.ZodObject<{
        steps: z.ZodDefault<z.ZodArray<z.ZodObject<{
            name: z.ZodString;
            title: z.ZodString;
            description: z.ZodDefault<z.ZodString>;
            icon: z.ZodOptional<z.ZodString>;
            input: z.ZodDefault<z.ZodCustom<Record<string, z.JSONType>, Record<string, z.JSONType>>>;
            output: z.ZodDefault<z.ZodCustom<Record<string, z.JSONType>, Record<string, z.JSONType>>>;
        }, z.core.$strict>>>;
        conditions: z.ZodDefault<z.ZodArray<z.ZodObject<{
            name: z.ZodString;
            title: z.ZodString;
            description: z.ZodDefault<z.ZodString>;
            icon: z.ZodOptional<z.ZodString>;
            config: z.ZodDefault<z.ZodCustom<Record<string, z.JSONType>, Record<string, z.JSONType>>>;
        }, z.core.$strict>>>;
        validators: z.ZodDefault<z.ZodArray<z.ZodObject<{
            name: z.ZodString;
            title: z.ZodString;
            description: z.ZodDefault<z.ZodString>;
            icon: z.ZodOptional<z.ZodString>;
            config: z.ZodDefault<z.ZodCustom<Record<string, z.JSONType>, Record<string, z.JSONType>>>;
        }, z.core.$strict>>>;
        transforms: z.ZodDefault<z.ZodArray<z.ZodObject<{
            name: z.ZodString;
            title: z.ZodString;
            description: z.ZodDefault<z.ZodString>;
            icon: z.ZodOptional<z.ZodString>;
            config: z.ZodDefault<z.ZodCustom<Record<string, z.JSONType>, Record<string, z.JSONType>>>;
        }, z.core.$strict>>>;
        hooks: z.ZodDefault<z.ZodArray<z.ZodObject<{
            name: z.ZodString;
            title: z.ZodString;
            description: z.ZodDefault<z.ZodString>;
            icon: z.ZodOptional<z.ZodString>;
            config: z.ZodDefault<z.ZodCustom<Record<string, z.JSONType>, Record<string, z.JSONType>>>;
        }, z.core.$strict>>>;
        reporters: z.ZodDefault<z.ZodArray<z.ZodObject<{
            name: z.ZodString;
            title: z.ZodString;
            description: z.ZodDefault<z.ZodString>;
            icon: z.ZodOptional<z.ZodString>;
            config: z.ZodDefault<z.ZodCustom<Record<string, z.JSONType>, Record<string, z.JSONType>>>;
        }, z.core.$strict>>>;
        exporters: z.ZodDefault<z.ZodArray<z.ZodObject<{
            name: z.ZodString;
            title: z.ZodString;
            description: z.ZodDefault<z.ZodString>;
            icon: z.ZodOptional<z.ZodString>;
            config: z.ZodDefault<z.ZodCustom<Record<string, z.JSONType>, Record<string, z.JSONType>>>;
        }, z.core.$strict>>>;
    }, z.core.$strict>;
    permissions: z.ZodPrefault<z.ZodObject<{
        net: z.ZodDefault<z.ZodArray<z.ZodString>>;
        secrets: z.ZodDefault<z.ZodArray<z.ZodString>>;
        blobs: z.ZodDefault<z.ZodBoolean>;
        memoryMb: z.ZodDefault<z.ZodInt>;
        cpuMs: z.ZodDefault<z.ZodInt>;
        timeoutMs: z.ZodDefault<z.ZodInt>;
    }, z.core.$strict>>;
    concurrency: z.ZodDefault<z.ZodInt>;
    dependencies: z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodString>>;
}, z.core.$strict>;

export {};
