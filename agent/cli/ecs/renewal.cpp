#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "cli/ecs/commands.h"
#include "cli/ecs/tags.h"
#include "cli/terminal/times.h"
#include "core/text.h"
#include "core/utc.h"
#include "ecs/instances/attributes.h"
#include "ecs/lifecycle/lifecycle.h"

/// The verbs for subscriptions.
namespace preemptd::cli {
namespace {

struct Renew {
  std::vector<std::string> ids;
  std::optional<core::Millis> expiring_within;
  std::string group;
  std::string charge_type = "PrePaid";
  std::vector<std::string> tags;
  std::int64_t period = 1;
  std::string unit = "Month";
  bool yes = false;
};

void declare_renew(Arguments& arguments, Renew& options) {
  arguments.positionals("ID", options.ids, "Subscriptions to renew", false);
  arguments.duration("--expiring-within", options.expiring_within,
                     "Renew every subscription that expires within this time");
  arguments.text("--security-group", "ID", options.group, "With --expiring-within: only in this security group");
  arguments.choice("--charge-type", {"PrePaid"}, options.charge_type, "Only subscriptions can be renewed");
  arguments.texts("--tag", "KEY=VALUE", options.tags, "With --expiring-within: only with this tag");
  arguments.number("--period", "N", options.period, 1, 60, "For how many units");
  arguments.choice("--unit", {"Month", "Week", "Year"}, options.unit, "Unit of --period");
  arguments.flag("-y,--yes", options.yes, "Do not ask");
}

std::string outcome_of(const ecs::Renewal& renewal) {
  if (renewal.moved()) return renewal.failure ? "renewed; only the answer was lost" : "renewed";
  if (renewal.unknown())
    return "not known: the answer was lost and the expiry has not moved so far; look at the account's orders and at "
           "'preemptctl instance show' before ordering anything";
  if (renewal.failure) return core::printable(renewal.failure->error.what);
  return "ordered, but the expiry has not moved yet; do not order again, look later";
}

/// Of the ids asked for, those that are no subscriptions here.
std::vector<std::string> missing_of(const std::vector<std::string>& ids, const std::vector<ecs::Renewal>& renewals) {
  std::vector<std::string> missing;
  for (const auto& id : ids) {
    const bool found =
        std::any_of(renewals.begin(), renewals.end(), [&](const auto& each) { return each.instance_id == id; });
    if (!found) missing.push_back(id);
  }
  return missing;
}

/// Failures to renew weigh more than ids that are not there.
Exit show_renewals(CloudSession& session, const std::vector<ecs::Renewal>& renewals,
                   const std::vector<std::string>& missing) {
  Table table{{{"INSTANCE"}, {"EXPIRED"}, {"EXPIRES"}, {"OUTCOME", Align::left, true}},
              {},
              "no subscription expires then",
              true};
  Json json = Json::array();
  std::size_t moved = 0;
  std::size_t unknown = 0;
  for (const auto& each : renewals) {
    moved += each.moved() ? 1 : 0;
    unknown += each.unknown() ? 1 : 0;
    json.push_back({{"instance_id", each.instance_id},
                    {"expires_before", each.expires_before},
                    {"expires_after", each.expires_after},
                    {"outcome", outcome_of(each)}});
    table.rows.push_back({each.instance_id,
                          each.expires_before,
                          each.expires_after,
                          {outcome_of(each), each.moved() ? Tone::good : Tone::bad}});
  }
  const std::string none = "no subscription in " + session.client().region();
  for (const auto& id : missing) {
    json.push_back({{"instance_id", id}, {"expires_before", ""}, {"expires_after", ""}, {"outcome", none}});
    table.rows.push_back({core::printable(id, 128), "", "", {none, Tone::bad}});
  }
  session.out().result(json, table);
  const auto all = renewals.size() + missing.size();
  if (all > 0) session.out().note(std::to_string(moved) + " of " + std::to_string(all) + " renewed");
  if (unknown > 0) session.out().warning("of " + std::to_string(unknown) + " nobody knows whether the order was made");
  if (moved + unknown < renewals.size()) return Exit::refused;
  if (unknown > 0) return Exit::failed;
  return missing.empty() ? Exit::ok : Exit::not_found;
}

Exit renew(CloudSession& session, const Renew& options) {
  if (options.ids.empty() == !options.expiring_within) {
    session.out().error("give either instances or --expiring-within");
    return Exit::failed;
  }
  if (!options.ids.empty() && (!options.group.empty() || !options.tags.empty())) {
    session.out().error("--security-group and --tag are for --expiring-within");
    return Exit::failed;
  }
  if (!session.confirmed(
          "Renew for " + std::to_string(options.period) + " " + options.unit + " each? This costs money.",
          options.yes)) {
    return Exit::failed;
  }
  ecs::InstanceQuery query;
  query.ids = options.ids;
  query.charge_type = "PrePaid";
  if (options.expiring_within) {
    const auto now = core::system_clock().wall_now();
    query.expires_from = minute_text(now);
    query.expires_until = minute_text(now + *options.expiring_within);
    query.security_group_id = options.group;
    query.tags = tags_in(options.tags);
  }
  if (session.options().dry_run) {
    session.out().error("this action has no dry run; nothing was done");
    return Exit::failed;
  }
  const auto renewals = ecs::renew_all(session.client(), query, options.period, options.unit, session.by());
  if (!renewals) return session.report_failure(renewals.error());
  return show_renewals(session, *renewals, missing_of(options.ids, *renewals));
}

struct AutoRenew {
  std::vector<std::string> ids;
  std::string set;
  std::optional<std::int64_t> months;
};

void declare_auto_renew(Arguments& arguments, AutoRenew& options) {
  arguments.positionals("ID", options.ids, "Subscriptions, up to 100", true);
  arguments.choice("--to", {"AutoRenewal", "Normal", "NotRenewal"}, options.set, "Change it; without this it is shown");
  arguments.number("--months", "N", options.months, 1, 12, "With AutoRenewal: 1, 2, 3, 6 or 12 months each time");
}

Exit show_auto_renew(CloudSession& session, const AutoRenew& options) {
  const auto all = ecs::describe_auto_renew(session.client(), options.ids, session.by());
  if (!all) return session.report_failure(all.error());
  Table table{{{"INSTANCE"}, {"RENEWS"}, {"EACH TIME"}, {"STATUS"}}, {}, "none of these is a subscription", true};
  Json json = Json::array();
  for (const auto& each : *all) {
    json.push_back({{"instance_id", each.instance_id},
                    {"enabled", each.enabled},
                    {"duration", each.duration},
                    {"period_unit", each.period_unit},
                    {"status", each.status}});
    table.rows.push_back({each.instance_id, each.enabled ? "yes" : "no",
                          each.enabled ? std::to_string(each.duration) + " " + each.period_unit : "", each.status});
  }
  session.out().result(json, table);
  return Exit::ok;
}

Exit auto_renew(CloudSession& session, const AutoRenew& options) {
  static constexpr std::array<std::int64_t, 5> kMonths{1, 2, 3, 6, 12};
  if (options.set.empty()) return show_auto_renew(session, options);
  if (options.months && std::find(kMonths.begin(), kMonths.end(), *options.months) == kMonths.end()) {
    session.out().error("--months is 1, 2, 3, 6 or 12");
    return Exit::failed;
  }
  const auto months = options.set == "AutoRenewal" ? std::optional(options.months.value_or(1)) : std::nullopt;
  const auto sent = ecs::modify_auto_renew(session.client(), options.ids, options.set, months, session.by());
  if (!sent && sent.error().may_have_happened) {
    const auto shown = session.report_failure(sent.error());
    session.out().note("what is set now:");
    show_auto_renew(session, options);
    return shown;
  }
  if (!sent) return session.report_failure(sent.error());
  return show_auto_renew(session, options);
}

}  // namespace

std::vector<Command> renewal_commands() {
  return {
      cloud_command<Renew>("instance renew", "Renew subscriptions, and check that their expiry moved",
                           "Exit 2 when one was not renewed, 4 when all were but for ids that are no subscriptions.",
                           declare_renew, renew),
      cloud_command<AutoRenew>("instance auto-renew", "Show or change how subscriptions renew themselves", "",
                               declare_auto_renew, auto_renew)};
}

}  // namespace preemptd::cli
