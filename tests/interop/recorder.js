#!/usr/bin/env node
'use strict';
// A proxy between a client and preempt-sim that judges every signature by itself and writes each verdict down.
//
//   recorder.js --listen HOST:PORT --forward HOST:PORT --ready-file FILE --log FILE --access-key ID:SECRET[:TOKEN]…
//
// The ready file is {"listen":"HOST:PORT"}. The log has one JSON object a line: at, scheme, action, status, wrong (null: the
// signature is right). A request judged wrong is still forwarded, so that both judgements can be compared.
// SIGTERM ends it: exit 0 when nothing was wrong, 1 when something was.

const fs = require('node:fs');
const http = require('node:http');
const { parseArgs } = require('node:util');
const { judge, nonceOf } = require('./verifier.js');

const { values } = parseArgs({
  options: {
    listen: { type: 'string', default: '127.0.0.1:0' },
    forward: { type: 'string' },
    'ready-file': { type: 'string' },
    log: { type: 'string' },
    'access-key': { type: 'string', multiple: true, default: [] },
  },
});

const keys = new Map(values['access-key'].map((text) => {
  const [id, secret, token] = text.split(/:([^:]*):?(.*)/s);
  return [id, { secret, token }];
}));
const nonces = new Set();
let wrongs = 0;

function verdict(request) {
  const judged = judge(request, keys);
  const nonce = nonceOf(request);
  if (!judged.wrong && nonce && nonces.has(nonce)) judged.wrong = 'the nonce was used before';
  nonces.add(nonce);
  return judged;
}

function forward(request, done) {
  const [host, port] = values.forward.split(':');
  const call = http.request({ host, port, method: request.method, path: request.target, headers: request.headers }, (reply) => {
    const parts = [];
    reply.on('data', (part) => parts.push(part));
    reply.on('end', () => done(reply.statusCode, reply.headers, Buffer.concat(parts)));
  });
  call.on('error', () => done(502, {}, Buffer.from('<html><body>502 Bad Gateway</body></html>')));
  call.end(request.body);
}

const server = http.createServer({ maxHeaderSize: 256 * 1024 }, (incoming, outgoing) => {
  const parts = [];
  incoming.on('data', (part) => parts.push(part));
  incoming.on('end', () => {
    const request = { method: incoming.method, target: incoming.url, headers: incoming.headers, body: Buffer.concat(parts) };
    const judged = verdict(request);
    if (judged.wrong) wrongs += 1;
    forward(request, (status, headers, body) => {
      if (values.log) fs.appendFileSync(values.log, JSON.stringify({ at: new Date().toISOString(), ...judged, status }) + '\n');
      outgoing.writeHead(status, headers);
      outgoing.end(body);
    });
  });
});

const [host, port] = values.listen.split(':');
server.listen(Number(port), host, () => {
  const address = `${host}:${server.address().port}`;
  if (values['ready-file']) {
    fs.writeFileSync(values['ready-file'] + '.new', JSON.stringify({ listen: address }) + '\n');
    fs.renameSync(values['ready-file'] + '.new', values['ready-file']);
  }
  console.log(address);
});
process.on('SIGTERM', () => process.exit(wrongs > 0 ? 1 : 0));
