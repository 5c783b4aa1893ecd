'use strict';
// A preempt-sim of its own, asked through the official SDKs by the API's own parameter names; every answer's members and types
// are held against what the SDKs' models declare.

const assert = require('node:assert');
const fs = require('node:fs');
const $dara = require('@darabonba/typescript');
const { $OpenApiUtil } = require('@alicloud/openapi-core');
const { Simulator, KEY, until } = require('./simulator.js');

const SDKS = { ecs: require('@alicloud/ecs20140526'), vpc: require('@alicloud/vpc20160428'), sts: require('@alicloud/sts20150401') };
const TREES = JSON.parse(fs.readFileSync(process.env.RESPONSE_TREES, 'utf8')).actions;
const REGION = 'cn-hangzhou';
const LAUNCH = { ImageId: 'aliyun_3_x64_20G_alibase_20250629.vhd', InstanceType: 'ecs.g7.large' };

function difference(body, tree, at) {
  if (Array.isArray(tree)) {
    if (!Array.isArray(body)) return `${at} is no list`;
    return body.map((each) => difference(each, tree[0], `${at}[]`)).find(Boolean);
  }
  if (typeof tree === 'object') {
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return `${at} is no object`;
    return Object.entries(body).map(([name, value]) => (name in tree ? difference(value, tree[name], `${at}.${name}`) : `${at}.${name} is not declared`)).find(Boolean);
  }
  return typeof body === tree ? undefined : `${at} is no ${tree}`;
}

class Cloud {
  static async start(...more) {
    const cloud = new Cloud();
    cloud.simulator = await Simulator.start(...more);
    cloud.clients = Object.fromEntries(Object.keys(SDKS).map((product) => [product, cloud.client(product)]));
    return cloud;
  }

  /// A client that remembers the last body as it came over the wire.
  client(product, key = KEY, more = {}) {
    const Client = SDKS[product].default;
    const client = new Client(new $OpenApiUtil.Config({ accessKeyId: key.id, accessKeySecret: key.secret, securityToken: key.token,
      endpoint: this.simulator.api, protocol: 'http', regionId: REGION, readTimeout: 20000, ...more }));
    const callApi = client.callApi.bind(client);
    client.callApi = async (...call) => {
      const answer = await callApi(...call);
      client.last = answer.body;
      return answer;
    };
    return client;
  }

  async call(product, action, parameters = {}, client = this.clients[product]) {
    const Request = SDKS[product][`${action}Request`];
    const method = action[0].toLowerCase() + action.slice(1);
    await (Request ? client[method]($dara.cast(parameters, new Request({}))) : client[method]());
    if (TREES[action]) assert.strictEqual(difference(client.last, TREES[action], action), undefined);
    assert.match(client.last.RequestId, /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
    return client.last;
  }

  ecs(action, parameters, client) { return this.call('ecs', action, { RegionId: REGION, ...parameters }, client); }
  vpc(action, parameters) { return this.call('vpc', action, { RegionId: REGION, ...parameters }); }
  sts(action, parameters, client) { return this.call('sts', action, parameters, client); }

  async run(more = {}) { return (await this.ecs('RunInstances', { ...LAUNCH, ...more })).InstanceIdSets.InstanceIdSet; }

  async instance(id) { return (await this.ecs('DescribeInstances', { InstanceIds: JSON.stringify([id]) })).Instances.Instance[0]; }
  async status(id) { return (await this.instance(id))?.Status ?? 'gone'; }
  reaches(ids, status) { return Promise.all([ids].flat().map((id) => until(async () => (await this.status(id)) === status, `${id} to be ${status}`))); }
}

/// Fails unless the cloud refuses with this code, and this status if one is given.
async function refused(promise, code, status) {
  const error = await promise.then(() => assert.fail(`expected ${code}`), (thrown) => thrown);
  assert.strictEqual(error.code, code, error.message);
  if (status) assert.strictEqual(error.statusCode, status, error.message);
  return error;
}

/// "2027-01-02T03:04:05Z", so many milliseconds from now.
const soon = (millis) => `${new Date(Date.now() + millis).toISOString().slice(0, 19)}Z`;

module.exports = { Cloud, LAUNCH, REGION, refused, soon, until };
