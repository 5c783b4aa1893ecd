#!/usr/bin/env node
'use strict';
// CPU ms of one DescribeInstances through the official Node SDK, against a server that is already there.
//   describe.js URL CALLS INSTANCES
// Prints one number. NODE_PATH leads to the SDKs tests/interop/run.sh installs.

const ecs = require('@alicloud/ecs20140526');
const { $OpenApiUtil } = require('@alicloud/openapi-core');

const [url, calls, instances] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const client = new ecs.default(new $OpenApiUtil.Config({ accessKeyId: 'LTAIexample', accessKeySecret: 'secret', securityToken: 't'.repeat(600), endpoint: new URL(url).host, protocol: 'http' }));

async function call() {
  const answer = await client.describeInstances(new ecs.DescribeInstancesRequest({ regionId: 'cn-hangzhou', maxResults: 100 }));
  if (answer.body.instances.instance.length !== instances) throw new Error('an answer cut short');
}

(async () => {
  for (let i = 0; i < calls / 10 + 20; ++i) await call();
  const before = process.cpuUsage();
  for (let i = 0; i < calls; ++i) await call();
  const spent = process.cpuUsage(before);
  console.log((spent.user + spent.system) / 1e3 / calls);
  process.exit(0);
})();
