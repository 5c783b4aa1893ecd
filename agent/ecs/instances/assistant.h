#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ecs/client/fields.h"

/// Cloud Assistant: commands run inside instances.
namespace preemptd::ecs {

struct RemoteCommand {
  std::vector<std::string> instance_ids;  ///< at most 100
  std::string type = "RunShellScript";    ///< RunBatScript, RunPowerShellScript
  std::string script;                     ///< raw; sent as base64, at most 18 KiB before that
  std::string command_id;                 ///< an existing command instead of a script
  std::map<std::string, std::string> parameters;
  std::string user;
  std::string folder;
  std::optional<std::int64_t> timeout_seconds;
};

/// RunCommand, or InvokeCommand when there is a command id. The invocation's id.
Result<std::string> run_command(Client& client, const RemoteCommand& command, core::Deadline by);

struct CommandResult {
  std::string instance_id;
  std::string status;  ///< Pending, Running, Stopping while it goes on; any other known word is final
  std::int64_t exit_code = 0;
  std::string output;
  std::string error;

  /// Words nobody knows yet count as unfinished.
  bool finished() const;
};
void fields(FieldReader& from, CommandResult& result);
Result<std::vector<CommandResult>> describe_command_results(Client& client, const std::string& invoke_id,
                                                            core::Deadline by);

}  // namespace preemptd::ecs
