'use strict';
// The official SDKs take instances through their whole life on preempt-sim.

const { test, before, after } = require('node:test');
const assert = require('node:assert');
const { $OpenApiUtil } = require('@alicloud/openapi-core');
const ecs = require('@alicloud/ecs20140526');
const vpc = require('@alicloud/vpc20160428');
const sts = require('@alicloud/sts20150401');
const PopCore = require('@alicloud/pop-core');
const { Simulator, KEY, STS_KEY, request, until } = require('./simulator.js');

const REGION = 'cn-hangzhou';
const IMAGE = 'aliyun_3_x64_20G_alibase_20250629.vhd';
const TYPE = 'ecs.g7.large';
let simulator, ecsClient, vpcClient, stsClient, pop;

function client(sdk, key = KEY, more = {}) {
  const Client = sdk.default;
  return new Client(new $OpenApiUtil.Config({
    accessKeyId: key.id, accessKeySecret: key.secret, securityToken: key.token,
    endpoint: simulator.api, protocol: 'http', regionId: REGION, ...more }));
}

async function refused(promise, code, status) {
  const error = await promise.then(() => assert.fail(`expected ${code}`), (thrown) => thrown);
  assert.strictEqual(error.code, code, error.message);
  if (status) assert.strictEqual(error.statusCode, status);
  return error;
}

async function statusOf(id) {
  const { body } = await ecsClient.describeInstances(new ecs.DescribeInstancesRequest({ regionId: REGION, instanceIds: JSON.stringify([id]) }));
  return body.instances.instance.length === 0 ? 'gone' : body.instances.instance[0].status;
}

function reaches(id, status) {
  return until(async () => (await statusOf(id)) === status, `${id} to be ${status}`);
}

before(async () => {
  simulator = await Simulator.start();
  ecsClient = client(ecs);
  vpcClient = client(vpc);
  stsClient = client(sts);
  pop = new PopCore({ accessKeyId: KEY.id, accessKeySecret: KEY.secret, endpoint: `http://${simulator.api}`, apiVersion: '2014-05-26' });
});

after(async () => assert.strictEqual(await simulator.stop(), 0));

test('interop: a network, a group and an instance made by CreateInstance live and go', async () => {
  const made = await vpcClient.createVpc(new vpc.CreateVpcRequest({ regionId: REGION, cidrBlock: '192.168.0.0/16', vpcName: 'interop' }));
  await until(async () => {
    const { body } = await vpcClient.describeVpcs(new vpc.DescribeVpcsRequest({ regionId: REGION, vpcId: made.body.vpcId }));
    return body.vpcs.vpc[0].status === 'Available';
  }, 'the VPC');
  const inside = await vpcClient.createVSwitch(new vpc.CreateVSwitchRequest({ regionId: REGION, zoneId: 'cn-hangzhou-i', vpcId: made.body.vpcId, cidrBlock: '192.168.1.0/24' }));
  await until(async () => {
    const { body } = await vpcClient.describeVSwitches(new vpc.DescribeVSwitchesRequest({ regionId: REGION, vSwitchId: inside.body.vSwitchId }));
    return body.vSwitches.vSwitch[0].status === 'Available';
  }, 'the vSwitch');
  const group = await ecsClient.createSecurityGroup(new ecs.CreateSecurityGroupRequest({ regionId: REGION, vpcId: made.body.vpcId }));
  await ecsClient.authorizeSecurityGroup(new ecs.AuthorizeSecurityGroupRequest({ regionId: REGION, securityGroupId: group.body.securityGroupId,
    permissions: [new ecs.AuthorizeSecurityGroupRequestPermissions({ ipProtocol: 'tcp', portRange: '22/22', sourceCidrIp: '10.0.0.0/8' })] }));

  const { body } = await ecsClient.createInstance(new ecs.CreateInstanceRequest({ regionId: REGION, imageId: IMAGE, instanceType: TYPE,
    vSwitchId: inside.body.vSwitchId, securityGroupId: group.body.securityGroupId, internetMaxBandwidthOut: 5, instanceName: 'one by hand',
    systemDisk: new ecs.CreateInstanceRequestSystemDisk({ size: 40, category: 'cloud_essd' }) }));
  await refused(ecsClient.deleteInstance(new ecs.DeleteInstanceRequest({ instanceId: body.instanceId })), 'IncorrectInstanceStatus.Initializing', 403);
  await reaches(body.instanceId, 'Stopped');
  const address = await ecsClient.allocatePublicIpAddress(new ecs.AllocatePublicIpAddressRequest({ instanceId: body.instanceId }));
  assert.match(address.body.ipAddress, /^\d+\.\d+\.\d+\.\d+$/);
  await ecsClient.startInstance(new ecs.StartInstanceRequest({ instanceId: body.instanceId }));
  assert.strictEqual(await statusOf(body.instanceId), 'Starting');
  await reaches(body.instanceId, 'Running');
  await refused(ecsClient.startInstance(new ecs.StartInstanceRequest({ instanceId: body.instanceId })), 'IncorrectInstanceStatus', 403);
  await refused(ecsClient.deleteInstance(new ecs.DeleteInstanceRequest({ instanceId: body.instanceId })), 'IncorrectInstanceStatus', 403);
  await ecsClient.rebootInstance(new ecs.RebootInstanceRequest({ instanceId: body.instanceId }));
  await reaches(body.instanceId, 'Running');
  await ecsClient.stopInstance(new ecs.StopInstanceRequest({ instanceId: body.instanceId, stoppedMode: 'KeepCharging' }));
  await reaches(body.instanceId, 'Stopped');
  await ecsClient.deleteInstance(new ecs.DeleteInstanceRequest({ instanceId: body.instanceId }));
  assert.strictEqual(await statusOf(body.instanceId), 'gone');
  await refused(ecsClient.describeInstanceAttribute(new ecs.DescribeInstanceAttributeRequest({ instanceId: body.instanceId })), 'InvalidInstanceId.NotFound', 404);
});

test('interop: RunInstances takes user data of tens of kilobytes in the request line, and runs a hundred', async () => {
  const userData = Buffer.from('#!/bin/sh\n' + 'x'.repeat(30000)).toString('base64');
  const one = await ecsClient.runInstances(new ecs.RunInstancesRequest({ regionId: REGION, imageId: IMAGE, instanceType: TYPE, userData, amount: 1 }));
  const [id] = one.body.instanceIdSets.instanceIdSet;
  const got = await ecsClient.describeUserData(new ecs.DescribeUserDataRequest({ regionId: REGION, instanceId: id }));
  assert.strictEqual(got.body.userData, userData);

  const many = await ecsClient.runInstances(new ecs.RunInstancesRequest({ regionId: REGION, imageId: IMAGE, instanceType: TYPE, amount: 100,
    instanceName: 'node-[8,3]', spotStrategy: 'SpotAsPriceGo', tag: [new ecs.RunInstancesRequestTag({ key: 'team name', value: 'a*b~c+d/é' })] }));
  const ids = many.body.instanceIdSets.instanceIdSet;
  assert.strictEqual(new Set(ids).size, 100);
  await until(async () => {
    const { body } = await ecsClient.describeInstances(new ecs.DescribeInstancesRequest({ regionId: REGION, status: 'Running', maxResults: 100,
      tag: [new ecs.DescribeInstancesRequestTag({ key: 'team name', value: 'a*b~c+d/é' })] }));
    return body.totalCount === 100 && body.instances.instance.some((each) => each.instanceName === 'node-107');
  }, 'a hundred to run');
});

test('interop: both ways of paging reach every instance once', async () => {
  const byToken = new Set();
  let nextToken;
  do {
    const { body } = await ecsClient.describeInstances(new ecs.DescribeInstancesRequest({ regionId: REGION, maxResults: 30, nextToken }));
    body.instances.instance.forEach((each) => byToken.add(each.instanceId));
    nextToken = body.nextToken;
  } while (nextToken);
  const byNumber = new Set();
  for (let pageNumber = 1; ; pageNumber += 1) {
    const { body } = await ecsClient.describeInstances(new ecs.DescribeInstancesRequest({ regionId: REGION, pageSize: 50, pageNumber }));
    body.instances.instance.forEach((each) => byNumber.add(each.instanceId));
    if (pageNumber * 50 >= body.totalCount) break;
  }
  assert.ok(byToken.size > 100);
  assert.deepStrictEqual(byToken, byNumber);
});

test('interop: a ClientToken makes a creation happen once, and refuses other parameters', async () => {
  const same = { regionId: REGION, imageId: IMAGE, instanceType: TYPE, clientToken: 'interop-token-1' };
  const first = await ecsClient.runInstances(new ecs.RunInstancesRequest(same));
  const second = await ecsClient.runInstances(new ecs.RunInstancesRequest(same));
  assert.deepStrictEqual(second.body.instanceIdSets, first.body.instanceIdSets);
  assert.notStrictEqual(second.body.requestId, first.body.requestId);
  await refused(ecsClient.runInstances(new ecs.RunInstancesRequest({ ...same, amount: 2 })), 'IdempotentParameterMismatch', 400);
});

test('interop: dry runs end in their codes and change nothing', async () => {
  const count = (await simulator.ask('state')).instances;
  await refused(ecsClient.runInstances(new ecs.RunInstancesRequest({ regionId: REGION, imageId: IMAGE, instanceType: TYPE, dryRun: true })), 'DryRunOperation', 400);
  await refused(ecsClient.stopInstances(new ecs.StopInstancesRequest({ regionId: REGION, instanceId: [simulator.instance_id], dryRun: true })), 'DRYRUN.SUCCESS');
  assert.strictEqual((await simulator.ask('state')).instances, count);
});

test('interop: what is wrong with a request has its documented code', async () => {
  await refused(ecsClient.runInstances(new ecs.RunInstancesRequest({ regionId: REGION, imageId: 'm-none', instanceType: TYPE })), 'InvalidImageId.NotFound', 404);
  await refused(ecsClient.runInstances(new ecs.RunInstancesRequest({ regionId: REGION, imageId: IMAGE, instanceType: 'ecs.none' })), 'InvalidInstanceType.ValueNotSupported', 400);
  await refused(ecsClient.describeInstances(new ecs.DescribeInstancesRequest({ regionId: 'xx-nowhere' })), 'InvalidRegionId.NotFound', 404);
  await refused(client(ecs, { id: 'nobody', secret: 'x' }).describeRegions(new ecs.DescribeRegionsRequest({})), 'InvalidAccessKeyId.NotFound', 404);
  await refused(client(ecs, { ...KEY, secret: 'wrong' }).describeRegions(new ecs.DescribeRegionsRequest({})), 'SignatureDoesNotMatch', 400);
  await refused(client(ecs, { ...STS_KEY, token: 'other' }).describeRegions(new ecs.DescribeRegionsRequest({})), 'InvalidSecurityToken.Malformed', 400);
});

test('interop: throttling by action names the wait', async () => {
  await simulator.tell('set', { quota: { DescribeRegions: { calls: 0, per_seconds: 60 } } });
  const error = await refused(ecsClient.describeRegions(new ecs.DescribeRegionsRequest({})), 'Throttling.User', 400);
  assert.ok(error.retryAfter > 0);
  await simulator.tell('set', { quota: { DescribeRegions: null } });
  await ecsClient.describeRegions(new ecs.DescribeRegionsRequest({}));
});

test('interop: the older signature works by GET and by POST, with a security token too', async () => {
  for (const method of ['GET', 'POST']) {
    const body = await pop.request('DescribeInstances', { RegionId: REGION, InstanceIds: JSON.stringify([simulator.instance_id]) }, { method });
    assert.strictEqual(body.Instances.Instance[0].InstanceId, simulator.instance_id);
  }
  const old = client(ecs, STS_KEY, { signatureAlgorithm: 'v2' });
  const { body } = await old.describeInstanceStatus(new ecs.DescribeInstanceStatusRequest({ regionId: REGION, instanceId: [simulator.instance_id] }));
  assert.strictEqual(body.instanceStatuses.instanceStatus[0].status, 'Running');
  await assert.rejects(pop.request('NoSuchAction', {}), { code: 'InvalidAction.NotFound' });
});

test('interop: assumed roles and the instance\'s own role are let in', async () => {
  const { body } = await stsClient.assumeRole(new sts.AssumeRoleRequest({ roleArn: 'acs:ram::1000000000000001:role/deployer', roleSessionName: 'interop' }));
  const key = { id: body.credentials.accessKeyId, secret: body.credentials.accessKeySecret, token: body.credentials.securityToken };
  const who = await client(sts, key).getCallerIdentity();
  assert.strictEqual(who.body.arn, 'acs:ram::1000000000000001:assumed-role/deployer/interop');

  const base = '/latest/meta-data/ram/security-credentials/';
  const role = (await request(simulator.metadata, 'GET', base)).body;
  const own = JSON.parse((await request(simulator.metadata, 'GET', base + role)).body);
  const mine = await client(sts, { id: own.AccessKeyId, secret: own.AccessKeySecret, token: own.SecurityToken }).getCallerIdentity();
  assert.strictEqual(mine.body.identityType, 'AssumedRoleUser');
});

test('interop: disks, snapshots and images follow their instance', async () => {
  const disks = await ecsClient.describeDisks(new ecs.DescribeDisksRequest({ regionId: REGION, instanceId: simulator.instance_id }));
  const data = disks.body.disks.disk.find((disk) => disk.type === 'data');
  await ecsClient.modifyDiskAttribute(new ecs.ModifyDiskAttributeRequest({ diskId: data.diskId, deleteWithInstance: false }));
  const snapshot = await ecsClient.createSnapshot(new ecs.CreateSnapshotRequest({ diskId: data.diskId }));
  await until(async () => {
    const { body } = await ecsClient.describeSnapshots(new ecs.DescribeSnapshotsRequest({ regionId: REGION, snapshotIds: JSON.stringify([snapshot.body.snapshotId]) }));
    return body.snapshots.snapshot[0].status === 'accomplished';
  }, 'the snapshot');
  const image = await ecsClient.createImage(new ecs.CreateImageRequest({ regionId: REGION, snapshotId: snapshot.body.snapshotId, imageName: 'interop image' }));
  await until(async () => {
    const { body } = await ecsClient.describeImages(new ecs.DescribeImagesRequest({ regionId: REGION, imageId: image.body.imageId }));
    return body.images.image.length === 1;
  }, 'the image');
  await ecsClient.detachDisk(new ecs.DetachDiskRequest({ instanceId: simulator.instance_id, diskId: data.diskId }));
  await until(async () => {
    const { body } = await ecsClient.describeDisks(new ecs.DescribeDisksRequest({ regionId: REGION, diskIds: JSON.stringify([data.diskId]) }));
    return body.disks.disk[0].status === 'Available';
  }, 'the disk to be free');
});

test('interop: markets answer, and price history pages to its end', async () => {
  const zones = await ecsClient.describeZones(new ecs.DescribeZonesRequest({ regionId: REGION }));
  assert.ok(zones.body.zones.zone[0].availableInstanceTypes.instanceTypes.includes(TYPE));
  const stock = await ecsClient.describeAvailableResource(new ecs.DescribeAvailableResourceRequest({ regionId: REGION, destinationResource: 'InstanceType', instanceType: TYPE }));
  assert.strictEqual(stock.body.availableZones.availableZone.length, zones.body.zones.zone.length);
  const startTime = new Date(Date.now() - 20 * 86400000).toISOString().slice(0, 19) + 'Z';
  let offset = 0, prices = 0;
  for (;;) {
    const { body } = await ecsClient.describeSpotPriceHistory(new ecs.DescribeSpotPriceHistoryRequest({ regionId: REGION, zoneId: 'cn-hangzhou-i', instanceType: TYPE, networkType: 'vpc', startTime, offset }));
    prices += body.spotPrices.spotPriceType.length;
    if (!body.nextOffset || body.nextOffset <= offset) break;
    offset = body.nextOffset;
  }
  assert.strictEqual(prices, 480);
});

test('interop: a subscription is renewed and its expiry moves', async () => {
  const { body } = await ecsClient.runInstances(new ecs.RunInstancesRequest({ regionId: REGION, imageId: IMAGE, instanceType: TYPE, instanceChargeType: 'PrePaid', period: 1, periodUnit: 'Month' }));
  const [id] = body.instanceIdSets.instanceIdSet;
  const expiry = async () => (await ecsClient.describeInstanceAttribute(new ecs.DescribeInstanceAttributeRequest({ instanceId: id }))).body.expiredTime;
  const before = await expiry();
  await ecsClient.renewInstance(new ecs.RenewInstanceRequest({ instanceId: id, period: 2, periodUnit: 'Month' }));
  assert.ok(Date.parse(await expiry()) > Date.parse(before) + 55 * 86400000);
  await ecsClient.modifyInstanceAutoRenewAttribute(new ecs.ModifyInstanceAutoRenewAttributeRequest({ regionId: REGION, instanceId: id, renewalStatus: 'AutoRenewal', duration: 3, periodUnit: 'Month' }));
  const renewal = await ecsClient.describeInstanceAutoRenewAttribute(new ecs.DescribeInstanceAutoRenewAttributeRequest({ regionId: REGION, instanceId: id }));
  assert.strictEqual(renewal.body.instanceRenewAttributes.instanceRenewAttribute[0].duration, 3);
  await refused(ecsClient.renewInstance(new ecs.RenewInstanceRequest({ instanceId: simulator.instance_id, period: 1 })), 'ChargeTypeViolation', 403);
});

test('interop: a reclaim shows in the lock and in the metadata, then the instance is gone', async () => {
  const told = await simulator.tell('reclaim', { notice_seconds: 2 });
  const { body } = await ecsClient.describeInstances(new ecs.DescribeInstancesRequest({ regionId: REGION, instanceIds: JSON.stringify([simulator.instance_id]) }));
  assert.strictEqual(body.instances.instance[0].operationLocks.lockReason[0].lockReason, 'Recycling');
  const item = await request(simulator.metadata, 'GET', '/latest/meta-data/instance/spot/termination-time');
  assert.strictEqual(item.body, told.termination_time);
  await reaches(simulator.instance_id, 'gone');
});
