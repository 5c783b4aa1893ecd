#include "cli/node/policy.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/command/cloud_facts.h"
#include "cli/command/commands.h"
#include "cli/command/settings.h"
#include "cli/hooks/found.h"
#include "core/text.h"

namespace preemptd::cli {
namespace {

/// What the ready-made hooks call, as docs/hooks/NAME.md says. `resource` follows the region and account.
struct HookNeeds {
  std::string_view hook;
  std::string_view product;
  std::vector<std::string> actions;
  std::string_view resource;
};

const std::array<HookNeeds, 6>& needs_of_hooks() {
  static const std::array<HookNeeds, 6> kNeeds{{
      {"load-balancer",
       "slb",
       {"slb:DescribeLoadBalancerAttribute", "slb:SetBackendServers", "slb:DescribeVServerGroupAttribute",
        "slb:SetVServerGroupAttribute"},
       "*"},
      {"load-balancer", "alb", {"alb:ListServerGroupServers", "alb:UpdateServerGroupServersAttribute"}, "*"},
      {"load-balancer", "nlb", {"nlb:ListServerGroupServers", "nlb:UpdateServerGroupServersAttribute"}, "*"},
      {"scaling-group",
       "ess",
       {"ess:DescribeScalingInstances", "ess:DescribeScalingActivities", "ess:DescribeLifecycleActions",
        "ess:RecordLifecycleActionHeartbeat", "ess:EnterStandby", "ess:ExitStandby", "ess:DetachInstances",
        "ess:AttachInstances", "ess:CompleteLifecycleAction"},
       "*"},
      {"keep-disk",
       "ecs",
       {"ecs:DescribeDisks", "ecs:ModifyDiskAttribute", "ecs:TagResources", "ecs:UntagResources"},
       "disk/*"},
      {"snapshot",
       "ecs",
       {"ecs:DescribeDisks", "ecs:CreateSnapshot", "ecs:DescribeSnapshots", "ecs:TagResources", "ecs:DeleteSnapshot"},
       "*"},
  }};
  return kNeeds;
}

struct PolicyOptions {
  std::string region = "*";
  std::string account = "*";
  std::vector<std::string> commands;
};

Exit show(Context& context, const std::vector<Statement>& statements) {
  for (const auto& statement : statements) {
    const auto count = statement.actions.size();
    context.out.note(statement.why + ": " + std::to_string(count) + (count == 1 ? " action" : " actions"));
  }
  if (auto shown = context.out.document(policy_document(statements)); !shown) {
    context.out.error(shown.error());
    return Exit::failed;
  }
  return Exit::ok;
}

Exit policy_for(Context& context, const std::vector<std::string>& words) {
  const auto statements = statements_for_commands(words);
  if (statements) return show(context, *statements);
  context.out.error("no command of the control plane: one of the words behind --for");
  context.out.note("name commands as they are typed: preemptctl policy --for 'instance release' 'spot watch'");
  return Exit::not_found;
}

Exit policy(Context& context, const PolicyOptions& options) {
  if (!options.commands.empty()) return policy_for(context, options.commands);
  const auto loaded = load_settings(context);
  std::vector<std::string> hooks;
  if (const auto found = find_hooks(loaded.config, {}, drain::GateMode::real)) {
    for (const auto& hook : found->runnable()) hooks.push_back(ready_made_hook(hook.path));
  }
  return show(context, statements_for(loaded.config, hooks, options.region, options.account));
}

}  // namespace

std::vector<Statement> statements_for(const config::Config& config, const std::vector<std::string>& hooks,
                                      const std::string& region, const std::string& account) {
  auto arn = [&](std::string_view product, std::string_view resource) {
    return "acs:" + std::string(product) + ":" + region + ":" + account + ":" + std::string(resource);
  };
  std::vector<Statement> statements;
  if (config.control.enabled)
    statements.push_back({{"ecs:DescribeInstances"}, arn("ecs", "instance/*"), "the second source of notices"});
  auto sink_of = [&](std::string_view type) {
    return std::any_of(config.sinks.begin(), config.sinks.end(),
                       [&](const config::Sink& sink) { return sink.enabled && sink.type == type; });
  };
  if (sink_of("tag"))
    statements.push_back({{"ecs:TagResources", "ecs:UntagResources"}, arn("ecs", "instance/*"), "the tag sink"});
  if (sink_of("cloudmonitor")) statements.push_back({{"cms:PutCustomEvent"}, "*", "the cloudmonitor sink"});
  for (const auto& needs : needs_of_hooks()) {
    const bool runs = std::find(hooks.begin(), hooks.end(), needs.hook) != hooks.end();
    if (runs)
      statements.push_back({needs.actions, arn(needs.product, needs.resource), "the hook " + std::string(needs.hook)});
  }
  return statements;
}

std::string ready_made_hook(const std::string& path) {
  std::error_code error;
  const auto real = std::filesystem::canonical(path, error);
  if (error) return {};
  const bool ready_made = std::filesystem::exists(real.parent_path() / "cloud.sh", error) &&
                          std::filesystem::exists(real.parent_path() / "lib.sh", error);
  return ready_made ? real.filename().string() : std::string();
}

std::optional<std::vector<Statement>> statements_for_commands(const std::vector<std::string>& given) {
  std::vector<std::string> words;
  for (const auto& each : given) {
    for (const auto word : core::split(each, ' ')) {
      if (!word.empty()) words.emplace_back(word);
    }
  }
  std::vector<Statement> statements;
  for (std::size_t at = 0; at < words.size();) {
    const auto* two = at + 1 < words.size() ? facts_of(words[at] + " " + words[at + 1]) : nullptr;
    const auto* facts = two != nullptr ? two : facts_of(words[at]);
    if (facts == nullptr) return std::nullopt;
    at += two != nullptr ? 2 : 1;
    if (!facts->actions.empty()) statements.push_back({facts->actions, "*", std::string(facts->command)});
  }
  return statements;
}

Json policy_document(const std::vector<Statement>& statements) {
  Json list = Json::array();
  for (const auto& statement : statements) {
    list.push_back({{"Effect", "Allow"}, {"Action", statement.actions}, {"Resource", statement.resource}});
  }
  return {{"Version", "1"}, {"Statement", list}};
}

Command policy_command() {
  return {.path = "policy",
          .summary = "Print the smallest RAM policy for what this configuration turns on",
          .details =
              "Covers the agent, its sinks and the ready-made hooks that are enabled. A role is shared by all nodes "
              "that carry it:\n"
              "narrow it down with --region and --account.\n\n"
              "With --for what commands of the control plane need, for the role or user of whoever types them:\n\n"
              "  preemptctl policy --for 'instance release' --for 'spot watch'",
          .declare = with_options<PolicyOptions>(
              [](Arguments& arguments, PolicyOptions& options) {
                arguments.text("--region", "REGION", options.region, "Only this region");
                arguments.text("--account", "ID", options.account, "Only this account");
                arguments.texts("--for", "COMMAND", options.commands, "Instead: what this command needs");
                arguments.positionals("COMMAND", options.commands, "More words of a command behind --for", false);
              },
              policy)};
}

}  // namespace preemptd::cli
