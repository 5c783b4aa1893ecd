#include "ecs/instances/assistant.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/json.h"
#include "ecs/instances/launch.h"
#include "ecs/signing/digest.h"

namespace preemptd::ecs {

Result<std::string> run_command(Client& client, const RemoteCommand& command, core::Deadline by) {
  const bool existing = !command.command_id.empty();
  auto call = call_of(client, kEcs, existing ? "InvokeCommand" : "RunCommand", NoRequest{});
  FieldWriter to(call.parameters);
  to("InstanceId", command.instance_ids)("Username", command.user)("WorkingDir", command.folder);
  to("Timeout", command.timeout_seconds)("ClientToken", random_hex());
  if (existing) {
    to("CommandId", command.command_id);
  } else {
    to("Type", command.type)("CommandContent", base64(command.script))("ContentEncoding", std::string("Base64"));
  }
  if (!command.parameters.empty()) to("Parameters", core::dump_json(core::Json(command.parameters)));
  return ask_for_id(client, call, "InvokeId", by);
}

bool CommandResult::finished() const {
  static constexpr std::array<std::string_view, 8> kFinal{"Success",    "Failed",    "Timeout", "Error",
                                                          "Terminated", "Cancelled", "Invalid", "Aborted"};
  return std::find(kFinal.begin(), kFinal.end(), status) != kFinal.end();
}

void fields(FieldReader& from, CommandResult& result) {
  from("InstanceId", result.instance_id)("InvocationStatus", result.status)("ExitCode", result.exit_code);
  from("Output", result.output)("ErrorInfo", result.error);
}

Result<std::vector<CommandResult>> describe_command_results(Client& client, const std::string& invoke_id,
                                                            core::Deadline by) {
  auto call = call_of(client, kEcs, "DescribeInvocationResults", NoRequest{});
  FieldWriter to(call.parameters);
  to("InvokeId", invoke_id)("ContentEncoding", std::string("PlainText"))("PageSize", std::optional<std::int64_t>(50));
  // One invocation has at most 100 instances: two pages of the older kind, which needs no token from inside the answer.
  std::vector<CommandResult> all;
  for (int page = 1; page <= 2; ++page) {
    call.parameters["PageNumber"] = std::to_string(page);
    auto answer = client.call(call, by);
    if (!answer) return tl::unexpected(std::move(answer.error()));
    const auto invocation = answer->json.root().at("Invocation");
    invocation.at("InvocationResults").each([&](const JsonValue& each) {
      all.push_back(read_value<CommandResult>(each));
    });
    if (static_cast<std::int64_t>(all.size()) >= invocation.at("TotalCount").integer().value_or(0)) break;
  }
  return all;
}

}  // namespace preemptd::ecs
