#include <nlohmann/json.hpp>

#include "cli/ecs/commands.h"
#include "core/text.h"
#include "ecs/client/fields.h"

namespace preemptd::cli {
namespace {

struct WhoamiOptions {};

Exit whoami(CloudSession& session, const WhoamiOptions&) {
  const ecs::Call call{ecs::kSts, "GetCallerIdentity", {}};
  const auto answer = session.client().call(call, session.by());
  if (!answer) return session.report_failure(answer.error());
  Json json = Json::object();
  Table table{{{""}, {"", Align::left, true}}, {}, "", false};
  const auto add = [&](const char* name, const std::string& text) {
    if (text.empty()) return;
    json[name] = text;
    table.rows.push_back({Cell(name, Tone::faint), Cell(core::printable(text, 512))});
  };
  for (const char* name : {"AccountId", "IdentityType", "Arn", "PrincipalId", "UserId", "RoleId"})
    add(name, answer->json.root().at(name).text_or_empty());
  add("Source", session.key_source());
  add("RequestId", answer->request_id);
  session.out().result(json, table);
  return Exit::ok;
}

}  // namespace

Command whoami_command() {
  return cloud_command<WhoamiOptions>(
      "whoami", "Show who acts: the account, the user or role, and where the key came from",
      "Asks GetCallerIdentity of STS, which needs no permission. Run it before a command that changes things, with "
      "the\n"
      "same --profile and environment.",
      [](Arguments&, WhoamiOptions&) {}, whoami);
}

}  // namespace preemptd::cli
