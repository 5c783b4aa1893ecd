#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/ecs/commands.h"
#include "ecs/spot/regions.h"

/// The verbs that show the spot market: stock and advice.
namespace preemptd::cli {
namespace {

struct Zones {
  std::string type;
  bool all = false;
};

void declare_zones(Arguments& arguments, Zones& options) {
  arguments.text("--type", "TYPE", options.type, "Only where this instance type can be had");
  arguments.flag("--all", options.all, "A line for every type, instead of how many there are of each");
}

/// How many types each zone has, by how well they are stocked.
Table stock_counts(const std::vector<ecs::Stock>& stock) {
  struct Counts {
    int plenty = 0, low = 0, sold_out = 0;
  };
  std::map<std::string, Counts> zones;
  for (const auto& each : stock) {
    auto& counts = zones[each.zone_id];
    int& of_kind = each.status != "Available"     ? counts.sold_out
                   : each.category == "WithStock" ? counts.plenty
                                                  : counts.low;
    ++of_kind;
  }
  Table table{{{"ZONE"}, {"WELL STOCKED", Align::right}, {"LOW", Align::right}, {"SOLD OUT", Align::right}},
              {},
              "nothing can be bought as spot here",
              true};
  for (const auto& [zone, counts] : zones) {
    table.rows.push_back(
        {zone, std::to_string(counts.plenty), std::to_string(counts.low), std::to_string(counts.sold_out)});
  }
  return table;
}

Exit zones(CloudSession& session, const Zones& options) {
  ecs::StockQuery query;
  query.instance_type = options.type;
  const auto stock = ecs::describe_available_resource(session.client(), query, session.by());
  if (!stock) return session.report_failure(stock.error());
  Table table{{{"ZONE"}, {"TYPE"}, {"STATUS"}, {"STOCK"}}, {}, "nothing can be bought as spot here", true};
  Json json = Json::array();
  for (const auto& each : *stock) {
    const bool good = each.category == "WithStock";
    json.push_back(
        {{"zone_id", each.zone_id}, {"instance_type", each.value}, {"status", each.status}, {"stock", each.category}});
    table.rows.push_back({each.zone_id, each.value, each.status, {each.category, good ? Tone::good : Tone::warn}});
  }
  const bool short_form = options.type.empty() && !options.all && session.out().for_people();
  session.out().result(json, short_form ? stock_counts(*stock) : table);
  if (short_form) session.out().note("types in each zone; --type TYPE shows one, --all every one");
  return Exit::ok;
}

}  // namespace

std::vector<Command> market_commands() {
  return {cloud_command<Zones>("spot zones", "Show what can be bought as spot where, and how well stocked", "",
                               declare_zones, zones),
          spot_prices_command(), spot_advise_command()};
}

}  // namespace preemptd::cli
