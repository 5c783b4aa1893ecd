#include <algorithm>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/ecs/commands.h"
#include "cli/ecs/tags.h"
#include "core/text.h"
#include "core/utc.h"
#include "ecs/lifecycle/spot_watch.h"
#include "ecs/spot/regions.h"
#include "ecs/spot/spot_prices.h"

/// The verbs for the spot market, and the watch over spot instances.
namespace preemptd::cli {
namespace {

std::string decimal(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string percent(double share) {
  return decimal(share * 100, 0) + "%";
}

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
  if (!stock) return session.tell(stock.error());
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

struct Prices {
  std::vector<std::string> types;
  std::string zone;
  std::string os;
  core::Millis over = std::chrono::hours(24);
};

void declare_prices(Arguments& arguments, Prices& options) {
  arguments.positionals("TYPE", options.types, "Instance types", true);
  arguments.text("--zone", "ID", options.zone, "Only in this zone");
  arguments.text("--os", "OS", options.os, "linux or windows");
  arguments.duration("--over", options.over, "Look back this far, at most 30 days");
}

Json as_json(const ecs::PriceSummary& each) {
  return {{"instance_type", each.instance_type},
          {"zone_id", each.zone_id},
          {"now", each.now},
          {"mean", each.mean},
          {"median", each.median},
          {"max", each.most},
          {"on_demand", each.on_demand},
          {"saving", each.saving()},
          {"points", each.points}};
}

Exit prices(CloudSession& session, const Prices& options) {
  if (options.over > std::chrono::days(30)) {
    session.out().error("--over is at most 30 days: 720h");
    return Exit::failed;
  }
  std::vector<ecs::SpotPrice> history;
  const auto now = core::system_clock().wall_now();
  for (const auto& type : options.types) {
    ecs::PriceQuery query;
    query.instance_type = type;
    query.zone_id = options.zone;
    query.os = options.os;
    query.from = core::format_utc(now - options.over);
    query.until = core::format_utc(now);
    auto points = ecs::describe_spot_price_history(session.client(), query, session.by());
    if (!points) return session.tell(points.error());
    history.insert(history.end(), points->begin(), points->end());
  }
  Table table{{{"TYPE"},
               {"ZONE"},
               {"NOW", Align::right},
               {"MEAN", Align::right},
               {"MEDIAN", Align::right},
               {"MAX", Align::right},
               {"ON DEMAND", Align::right},
               {"SAVES", Align::right}},
              {},
              "no price in that time",
              true};
  Json json = Json::array();
  for (const auto& each : ecs::summarise(history)) {
    json.push_back(as_json(each));
    table.rows.push_back({each.instance_type,
                          each.zone_id,
                          decimal(each.now, 4),
                          decimal(each.mean, 4),
                          decimal(each.median, 4),
                          decimal(each.most, 4),
                          decimal(each.on_demand, 4),
                          {percent(each.saving()), Tone::good}});
  }
  session.out().result(json, table);
  return Exit::ok;
}

struct Advise {
  std::vector<std::string> types;
  std::string zone;
  std::optional<std::int64_t> cores;
  std::optional<std::int64_t> memory;
};

void declare_advise(Arguments& arguments, Advise& options) {
  arguments.positionals("TYPE", options.types, "Instance types, at most 10", false);
  arguments.text("--zone", "ID", options.zone, "Only in this zone");
  arguments.number("--cores", "N", options.cores, 1, 1024, "Any type with this many vCPU");
  arguments.number("--memory", "GIB", options.memory, 1, 65536, "Any type with this much memory");
}

Exit advise(CloudSession& session, const Advise& options) {
  ecs::AdviceQuery query{options.zone, options.types, options.cores, std::nullopt};
  if (options.memory) query.memory_gib = static_cast<double>(*options.memory);
  const auto advice = ecs::describe_spot_advice(session.client(), query, session.by());
  if (!advice) return session.tell(advice.error());
  Table table{
      {{"TYPE"}, {"ZONE"}, {"TAKEN BACK", Align::right}, {"PRICE", Align::right}}, {}, "no advice for these", true};
  Json json = Json::array();
  for (const auto& each : *advice) {
    json.push_back({{"instance_type", each.instance_type},
                    {"zone_id", each.zone_id},
                    {"interruption_rate", each.interruption_rate},
                    {"interruption_text", each.interruption_text},
                    {"average_discount", each.average_discount}});
    table.rows.push_back({each.instance_type, each.zone_id, each.interruption_text,
                          decimal(each.average_discount, 0) + "% of on-demand"});
  }
  session.out().result(json, table);
  return Exit::ok;
}

struct Watch {
  std::vector<std::string> ids;
  std::vector<std::string> tags;
  std::string name;
  std::int64_t calls_per_minute = 12;
  bool until_gone = false;
};

void declare_watch(Arguments& arguments, Watch& options) {
  arguments.positionals("ID", options.ids, "Instances; without any, those the filters name", false);
  arguments.texts("--tag", "KEY=VALUE", options.tags, "Only with this tag");
  arguments.text("--name", "NAME", options.name, "Only of this name; * stands for anything");
  arguments.number("--calls-per-minute", "N", options.calls_per_minute, 1, 600,
                   "Most calls to make; the quota is the whole account's");
  arguments.flag("--until-gone", options.until_gone, "End when all of them are gone");
}

void show_happening(CloudSession& session, const ecs::SpotChange& happening) {
  const auto at = core::format_utc_millis(core::system_clock().wall_now());
  const std::string event(ecs::name_of(happening.event));
  if (session.out().style().format == Format::json) {
    session.out().raw(Json{{"at", at}, {"event", event}, {"instance_id", happening.instance_id}}.dump() + "\n");
  } else {
    session.out().raw(at + "\t" + event + "\t" + core::printable(happening.instance_id, 128) + "\n");
  }
}

/// A look that failed in passing costs only that look.
bool goes_on_after(CloudSession& session, const ecs::Failure& failure) {
  const auto fault = failure.error.code;
  const bool passing = fault == core::ErrorCode::unreachable || fault == core::ErrorCode::timed_out ||
                       fault == core::ErrorCode::throttled || fault == core::ErrorCode::bad_reply;
  if (passing) session.out().warning(core::describe(failure.error) + "; looking again");
  return passing;
}

/// A watch that goes on until it is told to end.
class Watcher {
 public:
  Watcher(CloudSession& session, const Watch& options) : session_(session), options_(options), state_(options.ids) {
    query_.ids = options.ids;
    query_.tags = tags_in(options.tags);
    query_.name = options.name;
  }

  Exit run() {
    for (;;) {
      int calls = 0;
      const auto by = core::Deadline::after(core::system_clock().boot_now(), kLongestLook).sooner_of(session_.by());
      const auto found = ecs::poll_instances(session_.client(), query_, by, calls);
      const auto left = session_.by().left(core::system_clock().boot_now());
      if (!found && left.count() > 0 && !goes_on_after(session_, found.error())) return session_.tell(found.error());
      if (found) {
        if (const auto end = after_look(*found)) return *end;
      }
      const auto pause =
          ecs::pause_for_budget(static_cast<std::size_t>(calls), static_cast<int>(options_.calls_per_minute));
      if (left.count() > 0 && session_.client().wait(std::min(pause, left))) continue;
      session_.out().progress("");
      return options_.until_gone ? Exit::timed_out : Exit::ok;
    }
  }

 private:
  static constexpr core::Millis kLongestLook = std::chrono::minutes(5);

  std::optional<Exit> after_look(const std::vector<ecs::InstanceSummary>& found) {
    say_what_is_missing(found);
    for (const auto& happening : state_.look(found)) show_happening(session_, happening);
    session_.out().flush();
    if (!session_.out().healthy()) return Exit::failed;
    session_.out().progress("watching " + std::to_string(state_.still_there()) + " instances");
    ++looks_;
    seen_ = seen_ || !found.empty();
    if (!options_.until_gone || state_.still_there() > 0) return std::nullopt;
    if (seen_) return Exit::ok;
    if (looks_ < 2) return std::nullopt;
    session_.out().error("no instance was there to begin with");
    return Exit::not_found;
  }

  /// Before the first look only, so that a misspelt id or tag is found out at once.
  void say_what_is_missing(const std::vector<ecs::InstanceSummary>& found) {
    if (looks_ > 0) return;
    if (options_.ids.empty() && found.empty())
      session_.out().warning("no instance matches so far in " + session_.client().region());
    for (const auto& id : options_.ids) {
      const bool there =
          std::any_of(found.begin(), found.end(), [&](const auto& each) { return each.instance_id == id; });
      if (!there)
        session_.out().warning("no instance " + core::printable(id, 128) + " so far in " + session_.client().region());
    }
  }

  CloudSession& session_;
  const Watch& options_;
  ecs::InstanceQuery query_;
  ecs::SpotWatch state_;
  int looks_ = 0;
  bool seen_ = false;
};

Exit watch(CloudSession& session, const Watch& options) {
  return Watcher(session, options).run();
}

CloudOptions for_ever() {
  CloudOptions options;
  options.timeout.reset();
  return options;
}

}  // namespace

std::vector<Command> spot_commands() {
  return {cloud_command<Zones>("spot zones", "Show what can be bought as spot where, and how well stocked", "",
                               declare_zones, zones),
          cloud_command<Prices>("spot prices", "Show spot prices: now, mean, median, max, and what they save", "",
                                declare_prices, prices),
          cloud_command<Advise>("spot advise", "Show how often types are taken back, the safest first",
                                "Averages of the last 30 days.", declare_advise, advise),
          cloud_command<Watch>(
              "spot watch", "Print when instances are taken back, stop or vanish",
              "Asks 100 instances to a call and keeps to the given number of calls a minute. An instance counts\n"
              "as vanished when two looks in a row miss it. It goes on until it is interrupted; with --until-gone\n"
              "until all are gone, or exit 4 when none was there to begin with; with --timeout for that long\n"
              "(exit 3 with --until-gone). With --output json it prints one document a line.",
              declare_watch, watch, for_ever())};
}

}  // namespace preemptd::cli
