#include "simulator/admin/admin_commands.h"

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/json.h"
#include "simulator/http/http_server.h"

namespace preemptd::simulator {
namespace {

constexpr core::Millis kLimit{10'000};

/// What all of them share: where to ask, and the body that the options fill.
struct AdminCommand {
  std::string admin;
  core::Json body = core::Json::object();
};

int send(const AdminCommand& command, const std::string& method, const std::string& target) {
  const auto address = parse_address(command.admin);
  if (!address) {
    std::fprintf(stderr, "preempt-sim: --admin: %s\n", core::describe(address.error()).c_str());
    return 2;
  }
  HttpRequest request;
  request.method = method;
  request.target = target;
  if (method == "POST") request.body = core::dump_json(command.body);
  const auto reply = http_call(*address, request, kLimit);
  if (!reply) {
    std::fprintf(stderr, "preempt-sim: %s\n", core::describe(reply.error()).c_str());
    return 2;
  }
  const bool fine = reply->status == 200;
  std::fprintf(fine ? stdout : stderr, "%s", reply->body.c_str());
  return fine ? 0 : 2;
}

CLI::App* add(CLI::App& app, const char* name, const char* what, const std::shared_ptr<AdminCommand>& command) {
  CLI::App* sub = app.add_subcommand(name, what);
  sub->add_option("--admin", command->admin, "HOST:PORT of the simulator's admin listener")->required();
  return sub;
}

template <typename Value>
void add_member(CLI::App* sub, const std::shared_ptr<AdminCommand>& command, const char* flag, const char* member,
                const char* what) {
  sub->add_option_function<Value>(
      flag, [command, member](const Value& value) { command->body[member] = value; }, what);
}

void add_reclaim(CLI::App& app, int& exit_code) {
  auto command = std::make_shared<AdminCommand>();
  CLI::App* sub = add(app, "reclaim", "Announce the reclaim of an instance, or move one already announced", command);
  add_member<std::string>(sub, command, "--instance-id", "instance_id", "which instance; the own one if not given");
  add_member<double>(sub, command, "--notice-seconds", "notice_seconds", "how long before the end (300)");
  add_member<std::string>(sub, command, "--behavior", "behavior", "terminate or stop");
  add_member<std::vector<std::string>>(sub, command, "--source", "sources", "where it shows: metadata, api (both)");
  add_member<double>(sub, command, "--comeback-seconds", "comeback_seconds", "start it again so long after the stop");
  sub->callback([command, &exit_code] { exit_code = send(*command, "POST", "/reclaim"); });
}

void add_withdraw(CLI::App& app, int& exit_code) {
  auto command = std::make_shared<AdminCommand>();
  CLI::App* sub = add(app, "withdraw", "Take an announced reclaim back", command);
  add_member<std::string>(sub, command, "--instance-id", "instance_id", "which instance; the own one if not given");
  sub->callback([command, &exit_code] { exit_code = send(*command, "POST", "/withdraw"); });
}

/// Numbers as numbers; anything else as text.
core::Json value_of(const std::string& text) {
  const auto parsed = core::parse_json(text);
  return parsed && parsed->is_number() ? *parsed : core::Json(text);
}

void add_fault(CLI::App& app, int& exit_code) {
  auto command = std::make_shared<AdminCommand>();
  CLI::App* sub = add(app, "fault", "Make the metadata service or the API misbehave", command);
  add_member<std::string>(sub, command, "--target", "target", "metadata or api");
  add_member<std::string>(sub, command, "--kind", "kind",
                          "slow, hang, status, garbage, truncate, reset, huge, redirect, empty, throttle, clock, drip");
  sub->add_option_function<std::string>(
      "--value", [command](const std::string& text) { command->body["value"] = value_of(text); },
      "its measure; see preempt-sim(1)");
  add_member<double>(sub, command, "--for-seconds", "for_seconds", "how long; until the reset if not given");
  add_member<std::string>(sub, command, "--only", "only", "only this action or metadata item");
  add_member<int>(sub, command, "--times", "times", "only so many requests");
  sub->callback([command, &exit_code] { exit_code = send(*command, "POST", "/fault"); });
}

void add_set(CLI::App& app, int& exit_code) {
  auto command = std::make_shared<AdminCommand>();
  CLI::App* sub = add(app, "set", "Change settings of the running simulator", command);
  auto settings = std::make_shared<std::string>();
  sub->add_option("settings", *settings, R"(a JSON object, as {"role": null})")->required();
  sub->callback([command, settings, &exit_code] {
    const auto parsed = core::parse_json(*settings);
    if (!parsed) throw CLI::ValidationError("settings", "not JSON");
    command->body = *parsed;
    exit_code = send(*command, "POST", "/set");
  });
}

void add_reset(CLI::App& app, int& exit_code) {
  auto command = std::make_shared<AdminCommand>();
  CLI::App* sub = add(app, "reset", "Put everything back as it was after the start", command);
  sub->add_flag_callback(
      "--faults", [command] { command->body["only"] = "faults"; }, "lift the faults and leave the rest");
  sub->callback([command, &exit_code] { exit_code = send(*command, "POST", "/reset"); });
}

void add_queries(CLI::App& app, int& exit_code) {
  auto requests = std::make_shared<AdminCommand>();
  auto query = std::make_shared<std::string>("/requests?limit=20000");
  CLI::App* list = add(app, "requests", "What was asked of the simulator, and when", requests);
  list->add_option_function<std::string>(
      "--target", [query](const std::string& t) { *query += "&target=" + t; }, "metadata or api");
  list->add_option_function<std::uint64_t>(
      "--since", [query](const std::uint64_t& n) { *query += "&since=" + std::to_string(n); },
      "only those after this number");
  list->callback([requests, query, &exit_code] { exit_code = send(*requests, "GET", *query); });

  auto state = std::make_shared<AdminCommand>();
  add(app, "state", "The own instance, faults and settings", state)->callback([state, &exit_code] {
    exit_code = send(*state, "GET", "/state");
  });
}

}  // namespace

void add_admin_commands(CLI::App& app, int& exit_code) {
  add_reclaim(app, exit_code);
  add_withdraw(app, exit_code);
  add_fault(app, exit_code);
  add_set(app, exit_code);
  add_reset(app, exit_code);
  add_queries(app, exit_code);
}

}  // namespace preemptd::simulator
