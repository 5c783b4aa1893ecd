#include <nlohmann/json.hpp>

#include "cli/ecs/commands.h"
#include "core/text.h"
#include "ecs/client/fields.h"

/// The verbs that delete things other than instances: what each calls is data.
namespace preemptd::cli {
namespace {

struct Deletion {
  const char* path;
  const char* summary;
  ecs::Product product;
  const char* action;
  const char* parameter;
};

std::vector<Deletion> deletions() {
  return {{"disk delete", "Delete a disk that no instance has", ecs::kEcs, "DeleteDisk", "DiskId"},
          {"snapshot delete", "Delete a snapshot", ecs::kEcs, "DeleteSnapshot", "SnapshotId"},
          {"image delete", "Delete an own image", ecs::kEcs, "DeleteImage", "ImageId"},
          {"security-group delete", "Delete a security group without members", ecs::kEcs, "DeleteSecurityGroup",
           "SecurityGroupId"},
          {"vpc delete", "Delete an empty VPC", ecs::kVpc, "DeleteVpc", "VpcId"},
          {"vswitch delete", "Delete a vSwitch without instances", ecs::kVpc, "DeleteVSwitch", "VSwitchId"}};
}

struct DeleteOptions {
  std::string id;
  bool yes = false;
};

Exit remove(CloudSession& session, const Deletion& deletion, const DeleteOptions& options) {
  const std::string id = core::printable(options.id, 128);
  if (!session.confirmed("Delete " + id + " for good?", options.yes)) return Exit::failed;
  auto call = ecs::call_of(session.client(), deletion.product, deletion.action, ecs::NoRequest{});
  call.parameters[deletion.parameter] = options.id;
  const auto sent = ecs::remove(session.client(), std::move(call), session.by());
  if (!sent) return session.report_failure(sent.error());
  session.out().result(Json{{"deleted", options.id}}, {{{""}}, {{Cell(id + " deleted", Tone::good)}}, "", false});
  return Exit::ok;
}

Command command_for(const Deletion& deletion) {
  return {.path = deletion.path,
          .summary = deletion.summary,
          .details = "",
          .declare = [deletion](Arguments& arguments) -> Run {
            auto options = std::make_shared<DeleteOptions>();
            arguments.positional("ID", options->id, "Which");
            arguments.flag("-y,--yes", options->yes, "Do not ask");
            return in_session(
                arguments, [deletion, options](CloudSession& session) { return remove(session, deletion, *options); });
          }};
}

}  // namespace

std::vector<Command> delete_commands() {
  std::vector<Command> commands;
  for (const auto& deletion : deletions()) commands.push_back(command_for(deletion));
  return commands;
}

}  // namespace preemptd::cli
