import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PinnedProcess } from '../pinned-process.js'
import type { BenchEnvironment } from '../bench-environment.js'

/** nginx with the list in its cache and auth_request for the token check. */
export async function startNginx(
  bench: BenchEnvironment,
  upstream: { origin: number; tokenCheck: number },
): Promise<PinnedProcess> {
  const directory = await mkdtemp(join(bench.directory, 'nginx-'))
  const file = join(directory, 'nginx.conf')
  return bench.start({
    command: 'nginx',
    args: () => ['-p', directory, '-c', file, '-g', `daemon off; error_log ${directory}/error.log;`],
    prepare: (port) => writeFile(file, configuration(directory, port, upstream)),
  })
}

function configuration(
  directory: string,
  port: number,
  { origin, tokenCheck }: { origin: number; tokenCheck: number },
) {
  return `
worker_processes 1;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${directory}/nginx.pid;
events { worker_connections 1024; }
http {
  access_log /dev/null;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  proxy_cache_path ${directory}/cache keys_zone=list:1m;
  keepalive_requests 1000000;
  upstream origin { server 127.0.0.1:${origin}; keepalive 16; }
  upstream token_check { server 127.0.0.1:${tokenCheck}; keepalive 16; keepalive_requests 1000000; }
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  server {
    listen 127.0.0.1:${port};
    location / {
      auth_request /token-check;
      proxy_pass http://origin;
      proxy_cache list;
      proxy_cache_valid 200 1h;
      proxy_ignore_headers Cache-Control Vary;
    }
    location = /token-check {
      internal;
      proxy_pass http://token_check;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
    }
  }
}
`
}
