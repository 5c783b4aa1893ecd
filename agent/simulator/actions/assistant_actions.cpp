#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/utc.h"
#include "simulator/actions/instance_filter.h"
#include "simulator/api/handlers.h"
#include "simulator/api/paging.h"
#include "simulator/cloud/digest.h"

namespace preemptd::simulator {
namespace {

using core::Json;

constexpr std::size_t kContentLimit = 24 * 1024;
constexpr PageLimits kPages{1, 50, 10};

/// Scripts are not run; this is what they "print".
constexpr const char* kOutput = "simulated\n";

ActionResult<Command> command_given(World& world, ParameterReader& read, const ActionCall& call) {
  Command command;
  command.type =
      read.word("Type", {"RunShellScript", "RunBatScript", "RunPowerShellScript"}, "", "InvalidCmdType.NotFound");
  const std::string encoding =
      read.word("ContentEncoding", {"PlainText", "Base64"}, call.action == "CreateCommand" ? "Base64" : "PlainText");
  command.content = read.text("CommandContent");
  command.timeout = static_cast<int>(read.integer("Timeout", 60, 10, 86400));
  if (read.error()) return tl::unexpected(*read.error());
  if (encoding == "PlainText") command.content = base64(command.content);
  if (!is_base64(command.content)) return invalid_parameter("CommandContent", "CmdContent.DecodeError");
  if (command.content.size() > kContentLimit)
    return deny(400, "CmdContent.ExceedLimit", "The length of CommandContent exceeds the limit.");
  command.id = world.new_id("c");
  command.name = read.text("Name");
  command.description = read.text("Description");
  command.region = read.text("RegionId");
  command.working_dir = read.text("WorkingDir");
  command.user = read.text("Username");
  return command;
}

ActionResult<Json> invoke(World& world, const ActionCall& call, const std::string& command) {
  ParameterReader read(call);
  Invocation invocation;
  for (const auto& id : read.list("InstanceId")) {
    const Instance* instance = world.fleet.find(id);
    if (instance == nullptr) return deny(404, "InvalidInstance.NotFound", "The specified instances do not exist.");
    invocation.instances.push_back({id, instance->status == Status::running});
  }
  invocation.repeat_mode =
      read.word("RepeatMode", {"Once", "Period", "NextRebootOnly", "EveryReboot", "DryRun"}, "Once");
  if (read.error()) return tl::unexpected(*read.error());
  invocation.id = world.new_id("t");
  invocation.command = command;
  invocation.region = read.text("RegionId");
  invocation.parameters = read.text("Parameters", "{}");
  invocation.created = call.moment.now;
  invocation.done = call.moment.now + world.fleet.transition;
  return Json{{"InvokeId", world.invocations.add(std::move(invocation)).id}};
}

std::string status_on(const InvokedOn& share, const Invocation& invocation, core::WallTime now) {
  if (!share.was_running) return "Failed";
  return now < invocation.done ? "Running" : "Success";
}

Json outcome(const InvokedOn& share, const Invocation& invocation, bool plain, Moment moment) {
  const std::string status = status_on(share, invocation, moment.now);
  const std::string output = status == "Success" ? kOutput : "";
  const bool over = status != "Running";
  return {{"InstanceId", share.instance},
          {"InvocationStatus", status},
          {"Output", plain ? output : base64(output)},
          {"Dropped", 0},
          {"ExitCode", share.was_running ? 0 : -1},
          {"Repeats", over ? 1 : 0},
          {"ErrorCode", share.was_running ? "" : "InstanceNotRunning"},
          {"ErrorInfo", share.was_running ? "" : "the instance is not running"},
          {"StartTime", core::format_utc(moment.shown(invocation.created))},
          {"StopTime", ""}};
}

std::string end_text(const Invocation& invocation, Moment moment) {
  return moment.now < invocation.done ? std::string() : core::format_utc(moment.shown(invocation.done));
}

/// Finished when all are, failed when one is.
std::string whole_status(const Invocation& invocation, core::WallTime now) {
  const bool failed = std::any_of(invocation.instances.begin(), invocation.instances.end(),
                                  [](const auto& share) { return !share.was_running; });
  if (now < invocation.done) return "Running";
  return failed ? "Failed" : "Success";
}

Json invocation_json(const World& world, const Invocation& invocation, bool plain, Moment moment) {
  const Command* command = world.commands.find(invocation.command);
  Json shares = Json::array();
  for (const auto& share : invocation.instances) {
    Json one = outcome(share, invocation, plain, moment);
    one["InstanceInvokeStatus"] = one["InvocationStatus"];
    one["FinishTime"] = end_text(invocation, moment);
    one["CreationTime"] = one["StartTime"];
    one["Timed"] = false;
    shares.push_back(std::move(one));
  }
  const std::string status = whole_status(invocation, moment.now);
  return {{"InvokeId", invocation.id},
          {"CommandId", invocation.command},
          {"CommandName", command != nullptr ? command->name : ""},
          {"CommandType", command != nullptr ? command->type : ""},
          {"CommandContent", command != nullptr ? command->content : ""},
          {"Parameters", invocation.parameters},
          {"RepeatMode", invocation.repeat_mode},
          {"InvokeStatus", status},
          {"InvocationStatus", status},
          {"Timed", false},
          {"Timeout", command != nullptr ? command->timeout : 60},
          {"CreationTime", core::format_utc(moment.shown(invocation.created))},
          {"InvokeInstances", {{"InvokeInstance", std::move(shares)}}}};
}

std::vector<const Invocation*> matching_invocations(const World& world, const ParameterReader& read) {
  std::vector<const Invocation*> out;
  for (const auto& [sequence, invocation] : world.invocations.newest_first()) {
    if (invocation->region != read.text("RegionId")) continue;
    if (read.has("InvokeId") && invocation->id != read.text("InvokeId")) continue;
    if (read.has("CommandId") && invocation->command != read.text("CommandId")) continue;
    out.push_back(invocation);
  }
  return out;
}

}  // namespace

ActionResult<Json> create_command(World& world, const ActionCall& call) {
  ParameterReader read(call);
  auto command = command_given(world, read, call);
  if (!command) return tl::unexpected(command.error());
  return Json{{"CommandId", world.commands.add(std::move(*command)).id}};
}

ActionResult<Json> run_command(World& world, const ActionCall& call) {
  ParameterReader read(call);
  auto command = command_given(world, read, call);
  if (!command) return tl::unexpected(command.error());
  auto body = invoke(world, call, command->id);
  if (!body) return body;
  (*body)["CommandId"] = world.commands.add(std::move(*command)).id;
  return body;
}

ActionResult<Json> invoke_command(World& world, const ActionCall& call) {
  const std::string id = ParameterReader(call).text("CommandId");
  if (world.commands.find(id) == nullptr) return not_found("CommandId", "InvalidCmdId.NotFound");
  return invoke(world, call, id);
}

/// The assistant answers from instances that run.
ActionResult<Json> describe_cloud_assistant_status(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const auto matching = chosen_instances(world, read.text("RegionId"), read.list("InstanceId"));
  Page page = page_of(read, matching, kPages);
  if (read.error()) return tl::unexpected(*read.error());
  Json list = Json::array();
  for (std::size_t i = 0; i < page.count; ++i) {
    const Instance& instance = *matching[page.first + i];
    const bool there = instance.status == Status::running;
    list.push_back({{"InstanceId", instance.id},
                    {"CloudAssistantStatus", there ? "true" : "false"},
                    {"CloudAssistantVersion", there ? "2.2.3.612" : ""},
                    {"LastHeartbeatTime", there ? core::format_utc(call.moment.shown_now()) : ""},
                    {"ActiveTaskCount", 0},
                    {"InvocationCount", 0},
                    {"LastInvokedTime", ""},
                    {"OSType", instance.os_type},
                    {"SupportSessionManager", there}});
  }
  page.head["InstanceCloudAssistantStatusSet"] = {{"InstanceCloudAssistantStatus", std::move(list)}};
  return page.head;
}

ActionResult<Json> describe_invocations(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const bool plain = read.word("ContentEncoding", {"PlainText", "Base64"}, "Base64") == "PlainText";
  const auto matching = matching_invocations(world, read);
  Page page = page_of(read, matching, kPages);
  if (read.error()) return tl::unexpected(*read.error());
  Json list = Json::array();
  for (std::size_t i = 0; i < page.count; ++i)
    list.push_back(invocation_json(world, *matching[page.first + i], plain, call.moment));
  page.head["Invocations"] = {{"Invocation", std::move(list)}};
  return page.head;
}

ActionResult<Json> describe_invocation_results(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const bool plain = read.word("ContentEncoding", {"PlainText", "Base64"}, "Base64") == "PlainText";
  std::vector<std::pair<const Invocation*, const InvokedOn*>> matching;
  std::vector<std::uint64_t> sequences;
  for (const Invocation* invocation : matching_invocations(world, read)) {
    for (const auto& share : invocation->instances) {
      if (read.has("InstanceId") && share.instance != read.text("InstanceId")) continue;
      matching.emplace_back(invocation, &share);
      sequences.push_back(UINT64_MAX - sequences.size());
    }
  }
  Page page = page_of(read, sequences, kPages);
  if (read.error()) return tl::unexpected(*read.error());
  Json list = Json::array();
  for (std::size_t i = 0; i < page.count; ++i) {
    const auto& [invocation, share] = matching[page.first + i];
    Json one = outcome(*share, *invocation, plain, call.moment);
    one["InvokeId"] = invocation->id;
    one["CommandId"] = invocation->command;
    one["FinishedTime"] = end_text(*invocation, call.moment);
    one["InvokeRecordStatus"] = call.moment.now < invocation->done ? "Running" : "Finished";
    list.push_back(std::move(one));
  }
  page.head["InvocationResults"] = {{"InvocationResult", std::move(list)}};
  return Json{{"Invocation", page.head}};
}

}  // namespace preemptd::simulator
