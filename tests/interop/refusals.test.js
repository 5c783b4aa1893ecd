'use strict';
// What preempt-sim refuses, and with which code and status, as the official SDKs see it.

const { test, before, after } = require('node:test');
const { Cloud, LAUNCH, refused, soon } = require('./cloud.js');

const DAY = 86400000;
let cloud, spot, subscription;

before(async () => {
  cloud = await Cloud.start();
  [spot] = await cloud.run({ SpotStrategy: 'SpotAsPriceGo', DeletionProtection: true });
  [subscription] = await cloud.run({ InstanceChargeType: 'PrePaid', Period: 1 });
  await cloud.reaches([spot, subscription], 'Running');
});
after(async () => cloud.simulator.stop());

/// One table a test: what is asked, and the refusal.
function refuses(name, product, rows) {
  test(`interop: ${name}`, async () => {
    for (const [action, parameters, code, status] of rows()) await refused(cloud[product](action, parameters), code, status);
  });
}

refuses('a launch is refused for what is wrong with it', 'ecs', () => [
  [{}, 'MissingParameter', 400], [{ ImageId: 'm-none' }, 'InvalidImageId.NotFound', 404],
  [{ InstanceType: 'ecs.bogus' }, 'InvalidInstanceType.ValueNotSupported', 400], [{ ZoneId: 'cn-hangzhou-zz' }, 'InvalidZoneId.NotFound', 404],
  [{ VSwitchId: 'vsw-none' }, 'InvalidVSwitchId.NotFound', 404], [{ SecurityGroupId: 'sg-none' }, 'InvalidSecurityGroupId.NotFound', 404],
  [{ LaunchTemplateId: 'lt-none' }, 'InvalidLaunchTemplate.NotFound', 404], [{ Amount: 0 }, 'InvalidParam.Amount', 403],
  [{ Amount: 101 }, 'InvalidParam.Amount', 403], [{ SpotStrategy: 'Bogus' }, 'InvalidSpotStrategy', 400],
  [{ SpotStrategy: 'SpotWithPriceLimit' }, 'InvalidSpotPriceLimit', 400],
  [{ SpotStrategy: 'SpotWithPriceLimit', SpotPriceLimit: 0.001 }, 'InvalidSpotPriceLimit.LowerThanPublicPrice', 400],
  [{ SpotStrategy: 'SpotAsPriceGo', SpotDuration: 7 }, 'InvalidSpotDuration', 400],
  [{ SpotStrategy: 'SpotAsPriceGo', SpotInterruptionBehavior: 'Sleep' }, 'InvalidSpotInterruptionBehavior', 400],
  [{ SpotStrategy: 'SpotAsPriceGo', InstanceChargeType: 'PrePaid', Period: 1 }, 'InvalidSpotPrepaid', 400],
  [{ InstanceChargeType: 'PrePaid' }, 'InvalidPeriod', 400], [{ AutoReleaseTime: soon(60000) }, 'InvalidAutoReleaseTime.Malformed', 400],
  [{ AutoReleaseTime: 'tomorrow' }, 'InvalidAutoReleaseTime.Malformed', 400], [{ UserData: 'not base64!!' }, 'InvalidUserData.Base64FormatInvalid', 400],
  [{ UserData: Buffer.alloc(33000, 'x').toString('base64') }, 'InvalidUserData.SizeExceeded', 400],
  [{ Tag: [{ Key: 'acs:x', Value: 'y' }] }, 'InvalidTagKey.Malformed', 400], [{ ClientToken: 'é' }, 'InvalidParameter', 400],
  [{ ClientToken: 'x'.repeat(65) }, 'InvalidParameter', 400], [{ DryRun: true }, 'DryRunOperation', 400],
].map(([more, ...refusal], index) => ['RunInstances', index === 0 ? more : { ...LAUNCH, ...more }, ...refusal]));

refuses('a query is refused for what is wrong with it', 'ecs', () => [
  [{ Status: 'Asleep' }, 'InvalidStatus.NotFound', 404], [{ InstanceChargeType: 'Free' }, 'InvalidInstanceChargeType.NotFound', 404],
  [{ LockReason: 'Mood' }, 'InvalidLockReason.NotFound', 404], [{ InstanceNetworkType: 'token-ring' }, 'InvalidNetworkType.NotFound', 404],
  [{ Filter: [{ Key: 'Colour', Value: '2027-01-01T00:00Z' }] }, 'InvalidFilterKey.NotFound', 404], [{ InstanceIds: 'i-bare' }, 'InvalidParameter', 400],
  [{ InstanceIds: JSON.stringify(Array.from({ length: 101 }, (_, i) => `i-${i}`)) }, 'InvalidParameter', 400],
  [{ NextToken: 'garbage', MaxResults: 10 }, 'InvalidParameter', 400], [{ PageNumber: 0, PageSize: 10 }, 'InvalidParameter', 400],
  [{ PageNumber: 1, PageSize: 101 }, 'InvalidParameter', 400], [{ Tag: Array.from({ length: 21 }, (_, i) => ({ Key: `k${i}` })) }, 'InvalidTagCount', 400],
  [{ Tag: [{ Value: 'v' }] }, 'InvalidTag.Mismatch', 400], [{ RegionId: 'xx-nowhere' }, 'InvalidRegionId.NotFound', 404],
  [{ DryRun: true }, 'DryRunOperation', 400],
].map((row) => ['DescribeInstances', ...row]));

refuses('a state that does not allow it, and things that are not there', 'ecs', () => [
  ['StartInstance', { InstanceId: spot }, 'IncorrectInstanceStatus', 403], ['DeleteInstance', { InstanceId: subscription, Force: true }, 'ChargeTypeViolation', 403],
  ['DeleteInstance', { InstanceId: spot, Force: true }, 'InvalidOperation.DeletionProtection', 403], ['StopInstance', { InstanceId: 'i-none' }, 'InvalidInstanceId.NotFound', 404],
  ['StartInstances', { InstanceId: ['i-none'] }, 'InvalidInstanceId.NotFound', 404], ['StopInstances', { InstanceId: [spot], DryRun: true }, 'DRYRUN.SUCCESS', 400],
  ['RebootInstance', { InstanceId: spot, DryRun: true }, 'DryRunOperation', 400], ['AllocatePublicIpAddress', { InstanceId: spot }, 'AllocateIpInvalidInstanceBandwidth', 400],
  ['ModifyDiskAttribute', { DiskId: 'd-none', DiskName: 'nn' }, 'InvalidDiskId.NotFound', 404], ['CreateSnapshot', { DiskId: 'd-none' }, 'InvalidDiskId.NotFound', 404],
  ['CreateImage', {}, 'MissingParameter', 400], ['CreateSecurityGroup', { VpcId: 'vpc-none' }, 'InvalidVpcId.NotFound', 404],
  ['InvokeCommand', { CommandId: 'c-none', InstanceId: [spot] }, 'InvalidCmdId.NotFound', 404],
  ['DescribeSpotPriceHistory', { NetworkType: 'vpc', InstanceType: 'ecs.g7.large', StartTime: soon(-31 * DAY), EndTime: soon(0) }, 'InvalidParams.StartTime', 400],
]);

refuses('renewals and release times that cannot be', 'ecs', () => [
  ['RenewInstance', { InstanceId: spot, Period: 1 }, 'ChargeTypeViolation', 403], ['RenewInstance', { InstanceId: subscription, Period: 11 }, 'InvalidPeriod', 400],
  ['RenewInstance', { InstanceId: subscription }, 'MissingParameter', 400], ['DescribeInstanceAutoRenewAttribute', { InstanceId: spot }, 'ChargeTypeViolation', 403],
  ['ModifyInstanceAutoRenewAttribute', { InstanceId: subscription, RenewalStatus: 'AutoRenewal', Duration: 4 }, 'InvalidParameter.Duration', 403],
  ['ModifyInstanceAutoRenewAttribute', { InstanceId: subscription, RenewalStatus: 'Never' }, 'InvalidParameter.RenewalStatus', 403],
  ['ModifyInstanceAutoRenewAttribute', { InstanceId: Array.from({ length: 101 }, (_, i) => `i-${i}`).join(','), RenewalStatus: 'Normal' }, 'InvalidParameter.ToManyInstanceIds', 403],
  ['ModifyInstanceAutoReleaseTime', { InstanceId: spot, AutoReleaseTime: soon(1200000) }, 'InvalidAutoReleaseTime.Malformed', 400],
  ['ModifyInstanceAutoReleaseTime', { InstanceId: spot, AutoReleaseTime: soon(4 * 366 * DAY) }, 'InvalidAutoReleaseTime.Malformed', 400],
  ['ModifyInstanceAutoReleaseTime', { InstanceId: 'i-none', AutoReleaseTime: soon(3600000) }, 'NoSuchResource', 404],
  ['ModifyInstanceAutoReleaseTime', { InstanceId: subscription, AutoReleaseTime: soon(3600000) }, 'ChargeTypeViolation', 403],
]);

refuses('tags, events and roles that cannot be', 'ecs', () => [
  ['TagResources', { ResourceType: 'instance', ResourceId: Array.from({ length: 51 }, (_, i) => `i-${i}`), Tag: [{ Key: 'a' }] }, 'NumberExceed.ResourceIds', 400],
  ['TagResources', { ResourceType: 'instance', ResourceId: [spot], Tag: Array.from({ length: 21 }, (_, i) => ({ Key: `k${i}` })) }, 'NumberExceed.Tags', 400],
  ['TagResources', { ResourceType: 'instance', ResourceId: ['i-none'], Tag: [{ Key: 'a' }] }, 'InvalidResourceId.NotFound', 404],
  ['TagResources', { ResourceType: 'spoon', ResourceId: [spot], Tag: [{ Key: 'a' }] }, 'InvalidResourceType.NotFound', 404],
  ['CreateSimulatedSystemEvents', { InstanceId: [spot], EventType: 'SystemMaintenance.Reboot', NotBefore: soon(-3600000) }, 'InvalidNotBefore.Passed', 403],
  ['CreateSimulatedSystemEvents', { InstanceId: Array.from({ length: 101 }, (_, i) => `i-${i}`), EventType: 'SystemMaintenance.Reboot', NotBefore: soon(3600000) }, 'InstanceIdLimitExceeded', 403],
  ['ModifyInstanceMetadataOptions', { InstanceId: spot, HttpEndpoint: 'maybe' }, 'InvalidHttpEndpoint.NotSupported', 400],
]);

refuses('networks that cannot be', 'vpc', () => [
  ['CreateVpc', { CidrBlock: 'nonsense' }, 'InvalidCidrBlock.Malformed', 400], ['CreateVpc', { CidrBlock: '10.0.0.0/8', DryRun: true }, 'DryRunOperation', 400],
  ['CreateVSwitch', { VpcId: 'vpc-none', ZoneId: 'cn-hangzhou-i', CidrBlock: '10.2.0.0/16' }, 'InvalidVpcId.NotFound', 404],
  ['CreateVSwitch', { VpcId: 'vpc-bp1simulated00000vpc', ZoneId: 'cn-mars-a', CidrBlock: '10.9.0.0/16' }, 'InvalidZoneId.NotFound', 404],
  ['CreateVSwitch', { VpcId: 'vpc-bp1simulated00000vpc', ZoneId: 'cn-hangzhou-i', CidrBlock: '10.1.4.0/24' }, 'InvalidCidrBlock.Overlapped', 400],
  ['DescribeVpcs', { PageSize: 51 }, 'InvalidParameter', 400],
]);

test('interop: stock runs out, and what is denied names the missing permission', async () => {
  await cloud.simulator.tell('set', { stock: { 'ecs.c7.large': 2 }, deny: ['StopInstance'] });
  const launch = { ...LAUNCH, InstanceType: 'ecs.c7.large', Amount: 3 };
  await refused(cloud.ecs('RunInstances', launch), 'OperationDenied.NoStock', 403);
  const some = await cloud.ecs('RunInstances', { ...launch, MinAmount: 1 });
  if (some.InstanceIdSets.InstanceIdSet.length !== 2) throw new Error('two were left');
  await refused(cloud.ecs('StopInstance', { InstanceId: spot }), 'Forbidden.RAM', 403);
});
