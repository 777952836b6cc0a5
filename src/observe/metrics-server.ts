/** `rasvm run --metrics`: an HTTP server for Prometheus. Loaded, with prom-client, only when it is asked for. */

import { createServer, type Server } from 'node:http';
import type { MeasuredMachine } from '../api/machine.ts';
import { RasvmError } from '../core/errors.ts';
import { listenOnPath } from '../host/unix-socket.ts';
import type { MetricsSpec } from '../machine/options.ts';
import { machineMetrics } from './metrics.ts';

export interface MetricsServer {
  /** Of the machine; until it is called the server answers 503. */
  measure(machine: MeasuredMachine): void;
  /** The port, where one of the system's choice was asked for (0). */
  readonly port: number | undefined;
  close(): void;
}

/** Resolves when clients can connect. The process does not stay alive for it. @throws RasvmError FILE, CONTROL */
export async function serveMetrics(spec: MetricsSpec): Promise<MetricsServer> {
  let registry: ReturnType<typeof machineMetrics> | undefined;
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    const answer = (status: number, type: string, text: string) => {
      response.writeHead(status, { 'content-type': type }).end(request.method === 'HEAD' ? undefined : text);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      answer(405, 'text/plain', 'GET /metrics\n');
    } else if (path !== '/metrics') answer(404, 'text/plain', 'GET /metrics\n');
    else if (registry === undefined) answer(503, 'text/plain', 'the machine has not started\n');
    else {
      const { contentType } = registry;
      registry.metrics().then(
        (text) => answer(200, contentType, text),
        (error: Error) => answer(500, 'text/plain', `${error.message}\n`),
      );
    }
  });
  if (spec.kind === 'unix') await listenOnPath(server, spec.path, '--metrics');
  else await listenOnPort(server, spec);
  server.on('connection', (socket) => socket.unref());
  server.unref();
  const address = server.address();
  return {
    port: typeof address === 'object' ? address?.port : undefined,
    measure(machine) {
      registry = machineMetrics(machine);
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function listenOnPort(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'another program listens there' : cause.message;
      reject(new RasvmError('CONTROL', `--metrics ${host}:${port}: ${why}`, { cause }));
    });
    server.listen(port, host, resolve);
  });
}
