#include "cli/command/cloud_facts.h"

#include <algorithm>

namespace preemptd::cli {
namespace {

constexpr std::string_view kNothing = "nothing";
constexpr std::string_view kRepeated = "the question is asked again";
constexpr std::string_view kNoDryRun = "refused: the action has none";
constexpr std::string_view kLooks = "changes nothing anyway";
constexpr std::string_view kStateRead =
    "the status is read: done is done, else it may have happened and what to look at";
constexpr std::string_view kMayHave = "it may have happened, and what to look at";
constexpr std::string_view kToken = "repeated with its ClientToken; then: it may exist, how to find it, and the token";
constexpr std::string_view kOneCall = "the call";
constexpr std::string_view kOwn = "the own node is guarded";
constexpr std::string_view kNoQuestion = "nothing";

CloudFacts reads(std::string_view command, std::vector<std::string> actions) {
  return {command, kNothing, kNoQuestion, kRepeated, kLooks, std::move(actions)};
}

CloudFacts makes(std::string_view command, std::string_view changes, std::string_view checks, std::string_view dry_run,
                 std::vector<std::string> actions) {
  return {command, changes, checks, kToken, dry_run, std::move(actions)};
}

CloudFacts deletes(std::string_view command, std::string_view changes, std::string_view dry_run, std::string action) {
  return {command, changes, "asks", kMayHave, dry_run, {std::move(action)}};
}

std::vector<CloudFacts> reading_facts() {
  return {
      reads("instance list", {"ecs:DescribeInstances"}),
      reads("instance show", {"ecs:DescribeInstances"}),
      reads("instance expiring", {"ecs:DescribeInstances"}),
      reads("instance wait", {"ecs:DescribeInstanceStatus"}),
      reads("disk list", {"ecs:DescribeDisks"}),
      reads("snapshot list", {"ecs:DescribeSnapshots"}),
      reads("image list", {"ecs:DescribeImages"}),
      reads("security-group list", {"ecs:DescribeSecurityGroups"}),
      reads("security-group rules", {"ecs:DescribeSecurityGroupAttribute"}),
      reads("vpc list", {"vpc:DescribeVpcs"}),
      reads("vswitch list", {"vpc:DescribeVSwitches"}),
      reads("region list", {"ecs:DescribeRegions"}),
      reads("whoami", {"sts:GetCallerIdentity"}),
      reads("region zones", {"ecs:DescribeZones"}),
      reads("tag list", {"ecs:ListTagResources"}),
      reads("spot zones", {"ecs:DescribeAvailableResource"}),
      reads("spot prices", {"ecs:DescribeSpotPriceHistory"}),
      reads("spot advise", {"ecs:DescribeSpotAdvice", "ecs:DescribeSpotPriceHistory", "ecs:DescribeAvailableResource"}),
      reads("worth-starting", {"ecs:DescribeInstances", "ecs:DescribeSpotPriceHistory", "ecs:DescribeSpotAdvice"}),
      {"spot watch", kNothing, kNoQuestion, "a warning, and the next look", kLooks, {"ecs:DescribeInstances"}}};
}

std::vector<CloudFacts> launch_facts() {
  constexpr std::string_view kLaunchChecks = "combinations that cannot work";
  return {
      makes("instance run", "makes instances, which cost money", kLaunchChecks, kOneCall,
            {"ecs:RunInstances", "ecs:DescribeInstanceStatus"}),
      makes("instance create", "makes an instance, gives it an address, starts it", kLaunchChecks,
            "CreateInstance; start and address need the instance, and are named as not tried",
            {"ecs:CreateInstance", "ecs:AllocatePublicIpAddress", "ecs:StartInstance", "ecs:DescribeInstanceStatus"}),
      makes("spot launch", "makes preemptible instances, which cost money", kLaunchChecks, "the call at every place",
            {"ecs:RunInstances", "ecs:DescribeInstanceStatus", "ecs:DescribeInstances", "ecs:DescribeDisks",
             "ecs:DescribeInstanceRamRole"})};
}

std::vector<CloudFacts> power_facts() {
  return {
      {"instance start",
       "starts them",
       kNoQuestion,
       kStateRead,
       kOneCall,
       {"ecs:StartInstance", "ecs:StartInstances", "ecs:DescribeInstanceStatus"}},
      {"instance stop",
       "shuts them down, and keeps vCPU, memory and address; with --stop-charging gives them back",
       "the own node is guarded; --force asks; --stop-charging names the addresses that are lost, and asks",
       kStateRead,
       kOneCall,
       {"ecs:StopInstance", "ecs:StopInstances", "ecs:DescribeInstanceStatus", "ecs:DescribeInstances"}},
      {"instance reboot",
       "restarts them",
       "the own node is guarded; --force asks",
       kMayHave,
       kOneCall,
       {"ecs:RebootInstance", "ecs:RebootInstances", "ecs:DescribeInstanceStatus"}},
      {"instance release",
       "stops them, keeping their address until the end, and releases them with their disks",
       "asks; the own node is guarded; protection, subscription, locks and status, before anything is changed",
       "they are looked for, and the release is repeated when they are there",
       "the checks, the stop, and the release of what would be stopped then; snapshots are named as not tried",
       {"ecs:DescribeInstances", "ecs:StopInstance", "ecs:StopInstances", "ecs:DeleteInstance", "ecs:DeleteInstances",
        "ecs:DescribeInstanceStatus", "ecs:DescribeDisks", "ecs:CreateSnapshot", "ecs:DescribeSnapshots"}},
      {"instance auto-release",
       "sets or cancels when it is released by itself",
       kOwn,
       "the time that is set is read and reported",
       kNoDryRun,
       {"ecs:ModifyInstanceAutoReleaseTime", "ecs:DescribeInstances"}},
      {"instance public-ip",
       "gives it an address; with --bandwidth changes its bandwidth",
       "with --bandwidth: the own node is guarded; asks before an address is lost or an order is made",
       "with --bandwidth what is set is read and reported, else it may have happened",
       kNoDryRun,
       {"ecs:AllocatePublicIpAddress", "ecs:ModifyInstanceNetworkSpec", "ecs:DescribeInstances"}},
      {"instance role",
       "attaches a RAM role",
       kOwn,
       kMayHave,
       kNoDryRun,
       {"ecs:AttachInstanceRamRole", "ram:PassRole"}},
      {"instance metadata",
       "switches its metadata service",
       "the own node is guarded; asks before it is switched off",
       kMayHave,
       kNoDryRun,
       {"ecs:ModifyInstanceMetadataOptions"}},
      {"spot drill",
       "makes a system event; with --for-real instances end",
       "with --for-real: the own node is guarded, and it asks",
       kMayHave,
       kNoDryRun,
       {"ecs:CreateSimulatedSystemEvents"}}};
}

std::vector<CloudFacts> money_facts() {
  return {{"instance renew",
           "orders a renewal, which costs money",
           "asks",
           "the expiry is read: renewed, or not known; never to be ordered again unseen",
           kNoDryRun,
           {"ecs:RenewInstance", "ecs:DescribeInstances"}},
          {"instance auto-renew",
           "with --to changes how subscriptions renew themselves",
           kNoQuestion,
           "what is set is read and shown",
           kNoDryRun,
           {"ecs:ModifyInstanceAutoRenewAttribute", "ecs:DescribeInstanceAutoRenewAttribute"}}};
}

std::vector<CloudFacts> thing_facts() {
  return {makes("command run", "runs a script inside instances", kNoQuestion, kNoDryRun,
                {"ecs:RunCommand", "ecs:InvokeCommand", "ecs:DescribeInvocationResults"}),
          {"disk keep",
           "whether a disk goes with its instance",
           kNoQuestion,
           kMayHave,
           kNoDryRun,
           {"ecs:ModifyDiskAttribute"}},
          makes("snapshot create", "makes a snapshot, which costs money", kNoQuestion, kNoDryRun,
                {"ecs:CreateSnapshot", "ecs:DescribeSnapshots"}),
          makes("image create", "makes an image and its snapshots, which cost money", kNoQuestion, kOneCall,
                {"ecs:CreateImage", "ecs:DescribeImages"}),
          makes("security-group create", "makes a security group", kNoQuestion, kNoDryRun, {"ecs:CreateSecurityGroup"}),
          makes("security-group allow", "lets somebody in", kNoQuestion, kNoDryRun, {"ecs:AuthorizeSecurityGroup"}),
          makes("vpc create", "makes a VPC", kNoQuestion, kOneCall, {"vpc:CreateVpc", "vpc:DescribeVpcs"}),
          makes("vswitch create", "makes a vSwitch", kNoQuestion, kNoDryRun,
                {"vpc:CreateVSwitch", "vpc:DescribeVSwitches"}),
          {"tag add", "sets tags", kNoQuestion, kMayHave, kNoDryRun, {"ecs:TagResources"}},
          {"tag remove", "removes tags", kNoQuestion, kMayHave, kNoDryRun, {"ecs:UntagResources"}},
          deletes("disk delete", "deletes a disk", kNoDryRun, "ecs:DeleteDisk"),
          deletes("snapshot delete", "deletes a snapshot", kNoDryRun, "ecs:DeleteSnapshot"),
          deletes("image delete", "deletes an image", kOneCall, "ecs:DeleteImage"),
          deletes("security-group delete", "deletes a security group", kNoDryRun, "ecs:DeleteSecurityGroup"),
          deletes("vpc delete", "deletes a VPC", kOneCall, "vpc:DeleteVpc"),
          deletes("vswitch delete", "deletes a vSwitch", kOneCall, "vpc:DeleteVSwitch"),
          {"api",
           "whatever the action does",
           "nothing: what was asked for is sent",
           kMayHave,
           "the call, where the action has one",
           {}},
          {"actions", kNothing, kNoQuestion, "asks nobody", kLooks, {}}};
}

std::vector<CloudFacts> collected() {
  std::vector<CloudFacts> all;
  for (auto* part : {reading_facts, launch_facts, power_facts, money_facts, thing_facts}) {
    for (auto& each : part()) all.push_back(std::move(each));
  }
  return all;
}

}  // namespace

const std::vector<CloudFacts>& all_cloud_facts() {
  static const std::vector<CloudFacts> kAll = collected();
  return kAll;
}

const CloudFacts* facts_of(std::string_view command) {
  const auto& all = all_cloud_facts();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.command == command; });
  return found == all.end() ? nullptr : &*found;
}

std::string table_row(const CloudFacts& facts) {
  std::string row = "| `" + std::string(facts.command) + "`";
  for (const auto text : {facts.changes, facts.checks, facts.lost_answer, facts.dry_run})
    row += " | " + std::string(text);
  std::string actions;
  for (const auto& each : facts.actions) actions += (actions.empty() ? "`" : ", `") + each + "`";
  return row + " | " + (actions.empty() ? "—" : actions) + " |";
}

}  // namespace preemptd::cli
