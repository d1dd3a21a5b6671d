import type { Attempt } from '../attempt.ts';

const STARTED = { canary: 'process', proof: 'ambient' } as const;
const UNSAFE = { canary: 'process', proof: 'none' } as const;
const SLEEP = `{ args: ['30'], env: { IA_MARK: input.mark }, stdin: 'null', stdout: 'null', stderr: 'null' }`;

export const PROCESSES: readonly Attempt[] = [
  {
    ...STARTED,
    id: 'command',
    tries: 'starts a program',
    run: `return all(() => new Deno.Command('/bin/sleep', ${SLEEP}).spawn().pid, () => new Deno.Command('sleep', ${SLEEP}).spawn().pid, () => new Deno.Command('/deno', { args: ['eval', 'setTimeout(() => {}, 30000)', input.mark] }).spawn().pid);`,
  },
  {
    ...STARTED,
    id: 'child-process',
    tries: 'starts programs with node:child_process',
    run: `const child = await import('node:child_process'); const options = { env: { IA_MARK: input.mark }, detached: true, stdio: 'ignore' };
      return all(() => child.spawn('/bin/sleep', ['30'], options).unref(), () => child.exec('sleep 30 # ' + input.mark), () => child.fork(new URL(import.meta.url).pathname, [input.mark], options).pid, () => child.spawnSync('/deno', ['--version']).status);`,
  },
  {
    ...STARTED,
    id: 'detached-orphan',
    tries: 'starts a program that outlives it, in a session of its own',
    run: `return all(() => new Deno.Command('setsid', { args: ['sh', '-c', 'sleep 30 & : ' + input.mark], env: { IA_MARK: input.mark, PATH: '/usr/bin:/bin' }, stdin: 'null', stdout: 'null', stderr: 'null' }).spawn().unref());`,
  },
  {
    ...STARTED,
    id: 'fork-bomb',
    tries: 'starts programs without an end',
    run: `const pids = []; const count = Math.min(input.bound.count, 500);
      for (let i = 0; i < count; i++) { try { pids.push(new Deno.Command('/bin/sleep', ${SLEEP}).spawn().pid); } catch (error) { pids.push(String(error).slice(0, 60)); } }
      return pids.slice(0, 20);`,
  },
  {
    ...STARTED,
    id: 'kill-host-process',
    tries: 'ends a process of the host by its id',
    run: `const { default: process } = await import('node:process');
      return all(() => Deno.kill(input.canaryPid, 'SIGTERM'), () => process.kill(input.canaryPid, 'SIGKILL'), () => process.kill(input.canaryPid, 9), () => new Promise((resolve) => setTimeout(resolve, 30)));`,
  },
  {
    ...STARTED,
    id: 'stop-host-process',
    tries: 'stops and traces processes, and picks them for the kernel to end',
    run: `const { default: process } = await import('node:process');
      return all(() => Deno.writeTextFileSync('/proc/' + input.canaryPid + '/oom_score_adj', '1000'), () => process.kill(input.canaryPid, 'SIGSTOP'), () => process.kill(input.canaryPid, 'SIGCONT'), () => process.kill(input.canaryPid, 'SIGKILL'), () => new Promise((resolve) => setTimeout(resolve, 30)));`,
  },
  {
    ...STARTED,
    id: 'kill-parent',
    tries: 'ends its parent',
    run: `const { default: process } = await import('node:process');
      return all(() => Deno.kill(Deno.ppid, 'SIGKILL'), () => process.kill(process.ppid, 'SIGKILL'), () => process.kill(process.ppid, 9));`,
  },
  {
    ...UNSAFE,
    id: 'kill-everything',
    tries: 'signals pid 1, its group and everything at once',
    run: `const { default: process } = await import('node:process');
      return all(...[1, 0, -1, 2].flatMap((pid) => [() => Deno.kill(pid, 'SIGTERM'), () => process.kill(pid, 'SIGKILL')]));`,
  },
  {
    ...UNSAFE,
    id: 'abort',
    tries: 'ends itself with a signal, and with process.abort',
    run: `const { default: process } = await import('node:process'); await all(() => process.kill(process.pid, 'SIGSEGV'), () => Deno.kill(Deno.pid, 'SIGKILL')); process.abort(); return forever();`,
    ends: ['IA_PLUGIN_CRASHED', 'IA_PLUGIN_LIMIT', 'IA_TASK_TIMEOUT', 'IA_PLUGIN_FAILED'],
    permissions: { timeoutMs: 1_000 },
  },
  {
    ...UNSAFE,
    id: 'exit-zero',
    tries: 'ends its process as if all were well',
    run: `Deno.exit(0);`,
    ends: ['IA_PLUGIN_CRASHED'],
  },
  {
    ...UNSAFE,
    id: 'exit-codes',
    tries: 'ends with an exit code that another layer may understand',
    run: `const { default: process } = await import('node:process'); process.exitCode = 137; process.reallyExit?.(137); process.exit(137);`,
    ends: ['IA_PLUGIN_CRASHED'],
  },
  {
    ...UNSAFE,
    id: 'exit-handlers',
    tries: 'holds up its end with exit handlers and signal listeners',
    run: `const { default: process } = await import('node:process');
      await all(() => process.on('exit', () => { for (;;); }), () => globalThis.addEventListener('unload', () => { for (;;); }), () => Deno.addSignalListener('SIGTERM', () => {}), () => process.on('SIGINT', () => {}));
      Deno.exit(0);`,
    ends: ['IA_PLUGIN_CRASHED', 'IA_PLUGIN_LIMIT', 'IA_TASK_TIMEOUT'],
    permissions: { timeoutMs: 1_000, cpuMs: 500 },
  },
  {
    ...UNSAFE,
    id: 'close-streams',
    tries: 'closes the streams to the host and goes on',
    run: `await all(() => Deno.stdin.close(), () => Deno.stdout.close(), () => Deno.stderr.close()); return forever();`,
    ends: ['IA_PLUGIN_CRASHED', 'IA_TASK_TIMEOUT', 'IA_PLUGIN_LIMIT', 'IA_PLUGIN_FAILED'],
    permissions: { timeoutMs: 1_000 },
  },
  {
    canary: 'identity',
    proof: 'ambient',
    id: 'become-root',
    tries: 'changes its user, its priority and its umask',
    run: `const { default: process } = await import('node:process'); const os = await import('node:os');
      return all(() => process.setuid(0), () => process.setgid(0), () => Deno.umask(0), () => os.setPriority(-20), () => 'uid=' + process.getuid() + ';');`,
  },
  {
    ...STARTED,
    id: 'descend-through-deno',
    tries: 'starts Deno’s own subcommands and an editor through the environment',
    run: `return all(() => new Deno.Command(Deno.execPath(), { args: ['eval', 'setTimeout(() => {}, 30000)', input.mark], stdin: 'null', stdout: 'null', stderr: 'null' }).spawn().pid, () => new Deno.Command('/proc/self/exe', { args: ['repl', input.mark] }).spawn().pid, () => prompt('x'), () => confirm('x'));`,
  },
  {
    ...STARTED,
    id: 'worker-process',
    tries: 'starts processes with node:cluster',
    run: `const { default: cluster } = await import('node:cluster'); const { default: child } = await import('node:child_process');
      return all(() => cluster.fork({ IA_MARK: input.mark }), () => child.spawn('/bin/sleep', ['30'], { env: { IA_MARK: input.mark }, stdio: 'ignore', detached: true }).pid);`,
  },
];
