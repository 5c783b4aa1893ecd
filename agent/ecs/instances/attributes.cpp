#include "ecs/instances/attributes.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/utc.h"
#include "ecs/client/batches.h"
#include "ecs/signing/digest.h"

namespace preemptd::ecs {

using core::ErrorCode;

namespace {

constexpr std::size_t kRenewedAtOnce = 100;
/// Three years, a leap day among them.
constexpr core::Millis kLongestToRelease = std::chrono::days(3 * 365 + 1);

}  // namespace

Result<std::string> allocate_public_ip(Client& client, const std::string& id, core::Deadline by) {
  return ask_for_id(client, {kEcs, "AllocatePublicIpAddress", {{"InstanceId", id}}}, "IpAddress", by);
}

Result<void> set_bandwidth(Client& client, const std::string& id, std::int64_t mbit, bool allocate, core::Deadline by) {
  Call call{kEcs, "ModifyInstanceNetworkSpec", {{"InstanceId", id}, {"ClientToken", random_hex()}}};
  call.parameters["InternetMaxBandwidthOut"] = std::to_string(mbit);
  if (allocate) call.parameters["AllocatePublicIp"] = "true";
  return perform(client, call, by);
}

core::Result<core::WallTime> auto_release_instant(core::WallTime wanted, core::WallTime now) {
  if (wanted < now + std::chrono::minutes(30)) {
    return core::fail(ErrorCode::bad_input, "the release time must be at least 30 minutes from now",
                      core::format_utc(wanted));
  }
  if (wanted > now + kLongestToRelease) {
    return core::fail(ErrorCode::bad_input, "the release time must be within 3 years", core::format_utc(wanted));
  }
  return std::chrono::ceil<std::chrono::minutes>(wanted);
}

Result<void> set_auto_release(Client& client, const std::string& id, std::optional<core::WallTime> at,
                              core::Deadline by) {
  auto call = call_of(client, kEcs, "ModifyInstanceAutoReleaseTime", NoRequest{});
  call.parameters["InstanceId"] = id;
  if (at) call.parameters["AutoReleaseTime"] = core::format_utc(*at);
  return perform(client, call, by);
}

Result<std::string> renew_instance(Client& client, const std::string& id, std::int64_t period, const std::string& unit,
                                   core::Deadline by) {
  const Call call{
      kEcs,
      "RenewInstance",
      {{"InstanceId", id}, {"Period", std::to_string(period)}, {"PeriodUnit", unit}, {"ClientToken", random_hex()}}};
  auto answer = client.call(call, by);
  if (!answer) return tl::unexpected(std::move(answer.error()));
  return answer->json.root().at("OrderId").text_or_empty();
}

void fields(FieldReader& from, AutoRenew& renew) {
  from("InstanceId", renew.instance_id)("AutoRenewEnabled", renew.enabled)("Duration", renew.duration);
  from("PeriodUnit", renew.period_unit)("RenewalStatus", renew.status);
}

Result<std::vector<AutoRenew>> describe_auto_renew(Client& client, const std::vector<std::string>& ids,
                                                   core::Deadline by) {
  std::vector<AutoRenew> all;
  for (const auto& some : batches(ids, kRenewedAtOnce)) {
    auto call = call_of(client, kEcs, "DescribeInstanceAutoRenewAttribute", NoRequest{});
    FieldWriter to(call.parameters);
    to.comma("InstanceId", some)("PageSize", std::optional<std::int64_t>(100));
    auto part = ask_all<AutoRenew>(client, std::move(call), Paging::number, {"InstanceRenewAttributes"}, by);
    if (!part) return part;
    std::move(part->begin(), part->end(), std::back_inserter(all));
  }
  return all;
}

Result<void> modify_auto_renew(Client& client, const std::vector<std::string>& ids, const std::string& status,
                               std::optional<std::int64_t> duration, core::Deadline by) {
  for (const auto& some : batches(ids, kRenewedAtOnce)) {
    auto call = call_of(client, kEcs, "ModifyInstanceAutoRenewAttribute", NoRequest{});
    FieldWriter to(call.parameters);
    to.comma("InstanceId", some)("RenewalStatus", status)("Duration", duration);
    if (duration) to("PeriodUnit", std::string("Month"));
    if (auto sent = perform(client, call, by); !sent) return sent;
  }
  return {};
}

void fields(FieldWriter& to, const MetadataSwitches& switches) {
  to("InstanceId", switches.instance_id)("HttpEndpoint", switches.http_endpoint)("HttpTokens", switches.http_tokens);
}

Result<void> modify_metadata_options(Client& client, const MetadataSwitches& switches, core::Deadline by) {
  return perform(client, call_of(client, kEcs, "ModifyInstanceMetadataOptions", switches), by);
}

Result<void> attach_ram_role(Client& client, const std::vector<std::string>& ids, const std::string& role,
                             core::Deadline by) {
  auto call = call_of(client, kEcs, "AttachInstanceRamRole", NoRequest{});
  FieldWriter to(call.parameters);
  to.json("InstanceIds", ids)("RamRoleName", role);
  auto answer = client.call(call, by);
  if (!answer) return tl::unexpected(std::move(answer.error()));
  std::string trouble;
  answer->json.root().at("AttachInstanceRamRoleResults").each([&](const JsonValue& each) {
    if (each.at("Success").boolean().value_or(true)) return;
    trouble += (trouble.empty() ? "" : "; ") + each.at("InstanceId").text_or_empty() + ": " +
               each.at("Message").text_or_empty();
  });
  if (!trouble.empty()) return failed(*answer, call, ErrorCode::refused, trouble);
  return {};
}

Result<std::string> ram_role_of(Client& client, const std::string& id, core::Deadline by) {
  auto call = call_of(client, kEcs, "DescribeInstanceRamRole", NoRequest{});
  FieldWriter(call.parameters).json("InstanceIds", std::vector{id});
  auto answer = client.call(call, by);
  if (!answer) return tl::unexpected(std::move(answer.error()));
  std::string role;
  answer->json.root().at("InstanceRamRoleSets").each([&](const JsonValue& each) {
    if (each.at("InstanceId").text_or_empty() == id) role = each.at("RamRoleName").text_or_empty();
  });
  return role;
}

Result<std::vector<std::string>> create_simulated_events(Client& client, const SimulatedEvent& event,
                                                         core::Deadline by) {
  auto call = call_of(client, kEcs, "CreateSimulatedSystemEvents", NoRequest{});
  FieldWriter to(call.parameters);
  to("InstanceId", event.instance_ids)("EventType", event.type)("NotBefore", event.not_before);
  to("TriggerRealOps", std::optional<bool>(event.for_real));
  auto answer = client.call(call, by);
  if (!answer) return tl::unexpected(std::move(answer.error()));
  std::vector<std::string> ids;
  FieldReader(answer->json.root())("EventIdSet", ids);
  return ids;
}

}  // namespace preemptd::ecs
