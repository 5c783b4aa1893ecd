#include "ecs/instances/power.h"

#include <algorithm>
#include <utility>

#include "ecs/client/batches.h"
#include "ecs/instances/instance.h"
#include "ecs/signing/digest.h"

namespace preemptd::ecs {
namespace {

constexpr std::size_t kBatch = 100;

struct Verb {
  const char* single;
  const char* batch;
  std::vector<std::string> status_wanted;  ///< in which the call is unnecessary: there, or on the way there
  Parameters single_flags;
  Parameters batch_flags;
};

const char* flag(bool value) {
  return value ? "true" : "false";
}

constexpr const char* kWrongStatus = "IncorrectInstanceStatus";

bool is_done(const Verb& verb, const std::string& status) {
  return std::find(verb.status_wanted.begin(), verb.status_wanted.end(), status) != verb.status_wanted.end();
}

std::string status_of(Client& client, const std::string& id, core::Deadline by) {
  const auto found = describe_instance_status(client, {id}, by);
  return found && found->size() == 1 ? found->front().status : std::string();
}

Result<std::vector<PowerResult>> single(Client& client, const Verb& verb, const std::string& id, core::Deadline by) {
  Call call{kEcs, verb.single, verb.single_flags};
  call.parameters["InstanceId"] = id;
  auto sent = perform(client, call, by);
  if (sent) return std::vector<PowerResult>{{id, "200", "", "", ""}};
  const auto& server = sent.error().server;
  // A lost answer, or somebody else, may have done it already.
  const bool may_be_done =
      !verb.status_wanted.empty() && (sent.error().may_have_happened || (server && server->is(kWrongStatus)));
  if (const auto now = may_be_done ? status_of(client, id, by) : ""; is_done(verb, now)) {
    return std::vector<PowerResult>{{id, "200", "", now, now}};
  }
  return tl::unexpected(std::move(sent.error()));
}

Result<std::vector<PowerResult>> batch(Client& client, const Verb& verb, const std::vector<std::string>& ids,
                                       core::Deadline by) {
  auto call = call_of(client, kEcs, verb.batch, NoRequest{});
  for (const auto& [name, value] : verb.batch_flags) call.parameters[name] = value;
  call.parameters["BatchOptimization"] = "SuccessFirst";
  FieldWriter to(call.parameters);
  to("InstanceId", ids);
  auto results = ask_all<PowerResult>(client, std::move(call), Paging::none, {"InstanceResponses"}, by);
  if (!results) return results;
  for (auto& each : *results) {
    if (each.code == kWrongStatus && is_done(verb, each.status_now)) each.code = "200";
  }
  return results;
}

Result<std::vector<PowerResult>> apply(Client& client, const Verb& verb, const std::vector<std::string>& ids,
                                       core::Deadline by) {
  if (ids.size() == 1) return single(client, verb, ids.front(), by);
  std::vector<PowerResult> all;
  std::optional<Failure> dry_run_passed;
  for (const auto& some : batches(ids, kBatch)) {
    auto part = batch(client, verb, some, by);
    if (!part && !is_dry_run_passed(part.error())) return part;
    if (part) {
      std::move(part->begin(), part->end(), std::back_inserter(all));
    } else {
      dry_run_passed = std::move(part.error());
    }
  }
  if (dry_run_passed) return tl::unexpected(std::move(*dry_run_passed));
  return all;
}

}  // namespace

void fields(FieldReader& from, PowerResult& result) {
  from("InstanceId", result.id)("Code", result.code)("Message", result.message);
  from("PreviousStatus", result.status_before)("CurrentStatus", result.status_now);
}

bool PowerResult::not_found() const {
  ServerError error;
  error.code = code;
  return is_not_found(error);
}

Result<std::vector<PowerResult>> start_instances(Client& client, const std::vector<std::string>& ids,
                                                 core::Deadline by) {
  return apply(client, {"StartInstance", "StartInstances", {"Running", "Starting"}, {}, {}}, ids, by);
}

Result<std::vector<PowerResult>> stop_instances(Client& client, const std::vector<std::string>& ids,
                                                const StopOptions& wish, core::Deadline by) {
  const Parameters flags{{"ForceStop", flag(wish.force)},
                         {"StoppedMode", wish.stop_charging ? "StopCharging" : "KeepCharging"}};
  // One that shuts down in good order is not there yet for whoever wants its power cut.
  const auto wanted =
      wish.force ? std::vector<std::string>{"Stopped"} : std::vector<std::string>{"Stopped", "Stopping"};
  return apply(client, {"StopInstance", "StopInstances", wanted, flags, flags}, ids, by);
}

Result<std::vector<PowerResult>> reboot_instances(Client& client, const std::vector<std::string>& ids, bool force,
                                                  core::Deadline by) {
  return apply(client,
               {"RebootInstance", "RebootInstances", {}, {{"ForceStop", flag(force)}}, {{"ForceReboot", flag(force)}}},
               ids, by);
}

namespace {

bool says_not_there(const Failure& failure) {
  return failure.server && is_not_found(*failure.server);
}

/// Two looks running miss it.
bool is_gone(Client& client, const std::string& id, core::Deadline by) {
  constexpr core::Millis kPause = core::Seconds(1);
  const auto missing = [&] {
    const auto found = describe_instance_status(client, {id}, by);
    return found ? found->empty() : says_not_there(found.error());
  };
  return missing() && client.wait(kPause) && missing();
}

/// After a lost answer: released when the instance is gone, else asked again, which is harmless for an id.
Result<void> release_one(Client& client, const std::string& id, Parameters flags, core::Deadline by) {
  constexpr int kMostTries = 3;
  flags["InstanceId"] = id;
  const Call call{kEcs, "DeleteInstance", std::move(flags)};
  for (int tries = 1;; ++tries) {
    auto sent = perform(client, call, by);
    if (sent || says_not_there(sent.error())) return {};
    if (!sent.error().may_have_happened) return sent;
    if (is_gone(client, id, by)) return {};
    if (tries >= kMostTries || by.passed(client.clock().boot_now())) return sent;
  }
}

Result<void> release_each(Client& client, const std::vector<std::string>& ids, const Parameters& flags,
                          core::Deadline by) {
  for (const auto& id : ids) {
    if (auto sent = release_one(client, id, flags, by); !sent) return sent;
  }
  return {};
}

}  // namespace

Result<void> release_instances(Client& client, const std::vector<std::string>& ids, const ReleaseOptions& wish,
                               core::Deadline by) {
  const Parameters flags{{"Force", flag(wish.running_too)}, {"ForceStop", flag(wish.cut_power)}};
  if (ids.size() == 1) return release_one(client, ids.front(), flags, by);
  Result<void> all;
  for (const auto& some : batches(ids, kBatch)) {
    auto call = call_of(client, kEcs, "DeleteInstances", NoRequest{});
    call.parameters.insert(flags.begin(), flags.end());
    call.parameters["ClientToken"] = random_hex();
    FieldWriter to(call.parameters);
    to("InstanceId", some);
    auto sent = perform(client, call, by);
    // One that is not there keeps the cloud from releasing the others.
    if (!sent && (says_not_there(sent.error()) || sent.error().may_have_happened))
      sent = release_each(client, some, flags, by);
    if (!sent && !is_dry_run_passed(sent.error())) return sent;
    if (!sent) all = std::move(sent);
  }
  return all;
}

}  // namespace preemptd::ecs
