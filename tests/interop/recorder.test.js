'use strict';
// The recorder's judge is right about requests the official SDK signed, and about ones that were spoilt on the way.

const { test, before, after } = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { spawn } = require('node:child_process');
const { $OpenApiUtil } = require('@alicloud/openapi-core');
const ecs = require('@alicloud/ecs20140526');
const PopCore = require('@alicloud/pop-core');
const { Simulator, KEY, STS_KEY, request, until } = require('./simulator.js');

let simulator, recorder, address, log;

before(async () => {
  simulator = await Simulator.start();
  const ready = path.join(simulator.folder, 'recorder.json');
  log = path.join(simulator.folder, 'verdicts');
  recorder = spawn(process.execPath, [path.join(__dirname, 'recorder.js'), '--forward', simulator.api, '--ready-file', ready, '--log', log,
    '--access-key', `${KEY.id}:${KEY.secret}`, '--access-key', `${STS_KEY.id}:${STS_KEY.secret}:${STS_KEY.token}`], { stdio: ['ignore', 'ignore', 'inherit'] });
  await until(() => fs.existsSync(ready), 'the recorder');
  address = JSON.parse(fs.readFileSync(ready, 'utf8')).listen;
});

after(async () => {
  recorder.kill();
  await simulator.stop();
});

function verdicts() {
  return fs.readFileSync(log, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
}

test('recorder: the official SDK is right in both versions of the signature', async () => {
  for (const more of [{}, { signatureAlgorithm: 'v2' }]) {
    for (const key of [KEY, STS_KEY]) {
      const client = new ecs.default(new $OpenApiUtil.Config({ accessKeyId: key.id, accessKeySecret: key.secret, securityToken: key.token, endpoint: address, protocol: 'http', ...more }));
      await client.describeInstances(new ecs.DescribeInstancesRequest({ regionId: 'cn-hangzhou', instanceName: 'a*(b)!~\'é +' }));
    }
  }
  const pop = new PopCore({ accessKeyId: KEY.id, accessKeySecret: KEY.secret, endpoint: `http://${address}`, apiVersion: '2014-05-26' });
  await pop.request('DescribeRegions', { AcceptLanguage: 'en US' }, { method: 'POST' });
  assert.deepStrictEqual(verdicts().map((each) => [each.scheme, each.wrong, each.status]),
    [['v3', null, 200], ['v3', null, 200], ['v1', null, 200], ['v1', null, 200], ['v1', null, 200]]);
});

test('recorder: a spoilt request is wrong to it and to the simulator alike', async () => {
  const headers = { host: address, 'x-acs-action': 'DescribeRegions', 'x-acs-version': '2014-05-26', 'x-acs-date': new Date().toISOString().slice(0, 19) + 'Z',
    'x-acs-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'x-acs-signature-nonce': 'spoilt',
    authorization: `ACS3-HMAC-SHA256 Credential=${KEY.id},SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature=${'0'.repeat(64)}` };
  const reply = await request(address, 'POST', '/', { headers });
  assert.strictEqual(JSON.parse(reply.body).Code, 'SignatureDoesNotMatch');
  assert.match(verdicts().at(-1).wrong, /^the signature does not match/);
});
