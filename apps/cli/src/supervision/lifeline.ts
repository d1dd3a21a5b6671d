import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { parentPort, workerData } from 'node:worker_threads';

// A thread of the supervised process, which goes on when a step never yields. It carries what run and supervisor tell each other,
// and ends the process when the supervisor is gone.
const socket = new Socket({ fd: Number(workerData), readable: true, writable: true });
const endProcess = (): void => void process.kill(process.pid, 'SIGKILL');

socket.on('end', endProcess);
socket.on('error', endProcess);
createInterface({ input: socket }).on('line', (signal) => parentPort?.postMessage(signal, []));
parentPort?.on('message', (message) => socket.write(`${JSON.stringify(message)}\n`));
