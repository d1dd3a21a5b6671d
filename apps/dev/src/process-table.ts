import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export type ProcessDescription = Readonly<{ pid: number; command: string }>;

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return statFields(pid)?.[0] !== 'Z';
}

/** A mark that tells a process from a later one with the same id; undefined where the system does not say. */
export function startTimeOf(pid: number): string | undefined {
  return statFields(pid)?.[19];
}

/** Finds who listens on a TCP port of this machine, where the system tells it (Linux, one's own processes or as root). */
export function findListener(port: number): ProcessDescription | undefined {
  if (process.platform !== 'linux') return undefined;
  const sockets = new Set(['tcp', 'tcp6'].flatMap((table) => listeningSockets(table, port)));
  if (sockets.size === 0) return undefined;
  for (const entry of list('/proc')) {
    const pid = Number(entry);
    if (Number.isInteger(pid) && ownsSocket(pid, sockets)) return { pid, command: commandOf(pid) };
  }
  return undefined;
}

export function commandOf(pid: number): string {
  const words = (read(`/proc/${pid}/cmdline`) ?? '').split('\0').filter((word) => word !== '');
  return words.join(' ').slice(0, 100);
}

/** The fields of /proc/PID/stat after the command's name: state first, start time twentieth. */
function statFields(pid: number): string[] | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function listeningSockets(table: string, port: number): string[] {
  const LISTEN = '0A';
  const rows = (read(`/proc/net/${table}`) ?? '').split('\n').slice(1);
  return rows.flatMap((row) => {
    const [, local = '', , state, , , , , , inode] = row.trim().split(/\s+/);
    const localPort = Number.parseInt(local.split(':').at(-1) ?? '', 16);
    return state === LISTEN && localPort === port && inode !== undefined ? [`socket:[${inode}]`] : [];
  });
}

function ownsSocket(pid: number, sockets: ReadonlySet<string>): boolean {
  return list(`/proc/${pid}/fd`).some((fd) => {
    try {
      return sockets.has(readlinkSync(`/proc/${pid}/fd/${fd}`));
    } catch {
      return false;
    }
  });
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
