#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/command/settings.h"
#include "cli/ecs/commands.h"
#include "cli/host/bounded_call.h"
#include "cli/session/side_by_side.h"
#include "cli/spot/advise_view.h"
#include "cli/spot/price_question.h"
#include "core/json.h"
#include "core/text.h"
#include "drain/journal/record.h"
#include "ecs/client/batches.h"
#include "ecs/spot/regions.h"

/// `spot advise`: which type in which zone does an hour of useful work for the least money.
namespace preemptd::cli {
namespace {

/// More histories than this are not asked for in one go: the quota is the whole account's.
constexpr std::size_t kMostTypes = 40;

struct Advise {
  std::vector<std::string> types;
  std::vector<std::string> zones;
  std::string size;
  std::optional<std::int64_t> cores;
  std::optional<std::int64_t> memory;
  core::Millis over = std::chrono::hours(7 * 24);
  std::optional<core::Millis> drain;
  core::Millis rework = std::chrono::minutes(15);
  std::int64_t most = 5;
};

void declare_advise(Arguments& arguments, Advise& options) {
  arguments.positionals("TYPE", options.types, "Instance types", false);
  arguments.texts("--zone", "ID", options.zones, "Only in this zone; may be repeated");
  arguments.text("--for", "SIZE", options.size, "Any type of this size, such as \"4 vCPU, 16 GiB\"");
  arguments.number("--cores", "N", options.cores, 1, 1024, "Any type with this many vCPU");
  arguments.number("--memory", "GIB", options.memory, 1, 65536, "Any type with this much memory");
  arguments.duration("--over", options.over, "Prices of this long, at most 30 days");
  arguments.duration("--drain", options.drain, "Paid time that a notice costs; as in the records here, else 5m");
  arguments.duration("--rework", options.rework, "Work that is lost and done again, and the successor's start");
  arguments.number("--fallbacks", "N", options.most, 1, 50, "At most N spot offers to try");
}

/// A key for what is known about a type in a zone.
using TypeInZone = std::pair<std::string, std::string>;

struct Market {
  std::vector<ecs::SpotAdvice> advice;
  PricesFound prices;
  std::map<TypeInZone, ecs::Supply> spot_stock, on_demand_stock;
};

std::optional<ecs::Size> size_wanted(const Advise& options) {
  if (!options.size.empty()) return ecs::parse_size(options.size);
  if (!options.cores && !options.memory) return std::nullopt;
  return ecs::Size{options.cores.value_or(0), static_cast<double>(options.memory.value_or(0))};
}

/// An error for options that leave open what is asked for, or contradict each other.
std::string misuse(const Advise& options) {
  const bool sized = options.cores || options.memory;
  if (!options.size.empty() && !ecs::parse_size(options.size))
    return "--for wants vCPU and memory, such as \"4 vCPU, 16 GiB\", not '" + core::printable(options.size, 64) + "'";
  if (!options.size.empty() && sized) return "--for says what --cores and --memory say; give one of them";
  if (options.types.empty() && options.size.empty() && !sized)
    return "advice on what? Give types, or --for \"4 vCPU, 16 GiB\"";
  if (!options.types.empty() && (sized || !options.size.empty())) return "give types or a size, not both";
  if (options.over > std::chrono::days(30) || options.over <= core::Millis{0})
    return "--over is more than nothing, and at most 30 days: 720h";
  return {};
}

bool in_zones(const Advise& options, const std::string& zone) {
  return options.zones.empty() || std::find(options.zones.begin(), options.zones.end(), zone) != options.zones.end();
}

ecs::Result<std::vector<ecs::SpotAdvice>> ask_advice(CloudSession& session, const Advise& options) {
  constexpr std::size_t kTypesACall = 10;
  ecs::AdviceQuery query;
  if (options.zones.size() == 1) query.zone_id = options.zones.front();
  if (const auto size = size_wanted(options)) {
    if (size->cores > 0) query.cores = size->cores;
    if (size->memory_gib > 0) query.memory_gib = size->memory_gib;
  }
  auto advice = ecs::in_batches<ecs::SpotAdvice>(options.types, kTypesACall, [&](const auto& types) {
    query.instance_types = types;
    return ecs::describe_spot_advice(session.client(), query, session.by());
  });
  if (advice) std::erase_if(*advice, [&](const auto& each) { return !in_zones(options, each.zone_id); });
  return advice;
}

/// The types that the advice is about, the least taken back first.
std::vector<std::string> types_of(Output& out, const std::vector<ecs::SpotAdvice>& advice) {
  std::vector<std::string> types;
  std::set<std::string> seen;
  for (const auto& each : advice) {
    if (seen.insert(each.instance_type).second) types.push_back(each.instance_type);
  }
  if (types.size() <= kMostTypes) return types;
  out.note(std::to_string(types.size()) + " types fit; only the " + std::to_string(kMostTypes) +
           " that are taken back least are compared");
  types.resize(kMostTypes);
  return types;
}

ecs::Supply supply_of(const ecs::Stock& stock) {
  if (stock.status != "Available") return ecs::Supply::sold_out;
  return stock.category == "WithStock" ? ecs::Supply::plenty : ecs::Supply::low;
}

/// Of everything of a size, where one was asked for in full: one question for all types.
std::vector<ecs::StockQuery> stock_queries(const Advise& options, const std::vector<std::string>& types) {
  ecs::StockQuery query;
  if (options.zones.size() == 1) query.zone_id = options.zones.front();
  const auto size = size_wanted(options);
  if (size && size->cores > 0 && size->memory_gib > 0) {
    query.cores = size->cores;
    query.memory_gib = size->memory_gib;
    return {query};
  }
  std::vector<ecs::StockQuery> queries;
  for (const auto& type : types) {
    queries.push_back(query);
    queries.back().instance_type = type;
  }
  return queries;
}

/// The stock as spot and on demand, side by side.
std::optional<ecs::Failure> ask_stock(CloudSession& session, const Advise& options,
                                      const std::vector<std::string>& types, Market& market) {
  auto queries = stock_queries(options, types);
  const auto as_spot = queries.size();
  for (std::size_t i = 0; i < as_spot; ++i) {
    queries.push_back(queries[i]);
    queries.back().spot_strategy = "NoSpot";
  }
  std::vector<std::vector<ecs::Stock>> parts(queries.size());
  auto failure = ask_side_by_side(
      session, queries.size(), "stocks", [&](ecs::Client& client, std::size_t number) -> std::optional<ecs::Failure> {
        auto stock = ecs::describe_available_resource(client, queries[number], session.by());
        if (!stock) return stock.error();
        parts[number] = std::move(*stock);
        return std::nullopt;
      });
  if (failure) return failure;
  for (std::size_t number = 0; number < parts.size(); ++number) {
    auto& known = number < as_spot ? market.spot_stock : market.on_demand_stock;
    for (const auto& each : parts[number]) known[{each.value, each.zone_id}] = supply_of(each);
  }
  return std::nullopt;
}

ecs::Result<Market> ask_market(CloudSession& session, const Advise& options, core::WallTime now) {
  Market market;
  auto advice = ask_advice(session, options);
  if (!advice) return tl::unexpected(std::move(advice.error()));
  market.advice = std::move(*advice);
  const auto types = types_of(session.out(), market.advice);
  if (types.empty()) return market;
  auto prices = ask_prices(session, {types, options.zones, "", now - options.over, now});
  if (!prices) return tl::unexpected(std::move(prices.error()));
  market.prices = std::move(*prices);
  report_gaps(session.out(), market.prices);
  if (auto failure = ask_stock(session, options, types, market)) return tl::unexpected(std::move(*failure));
  return market;
}

/// What a zone does not list it does not sell.
ecs::Supply supply_in(const std::map<TypeInZone, ecs::Supply>& stock, const TypeInZone& place) {
  const auto found = stock.find(place);
  return found == stock.end() ? ecs::Supply::sold_out : found->second;
}

struct DrainMeasured {
  core::Millis mean{0};
  std::size_t drains = 0;
};

/// How long this node's real drains had, from their begin to the end of the instance.
core::Result<std::string> measured_drains(const std::string& state) {
  const auto drains = drain::list_drains(state);
  if (!drains) return tl::unexpected(drains.error());
  core::Millis sum{0};
  std::int64_t count = 0;
  for (const auto& id : *drains) {
    const auto record = drain::read_record(drain::drain_folder(state, id));
    if (!record || !*record || (*record)->notice.rehearsal || !(*record)->finished) continue;
    const auto window = (*record)->notice.termination_time - (*record)->started_at;
    sum += std::max(core::Millis{0}, std::chrono::duration_cast<core::Millis>(window));
    ++count;
  }
  return Json{{"mean", count > 0 ? sum.count() / count : 0}, {"drains", count}}.dump();
}

DrainMeasured drain_measured_here(CloudSession& session) {
  constexpr core::Millis kReadingTime = core::Seconds(3);
  const auto state = load_settings(session.context()).config.paths.state;
  const auto found = result_in_time([&] { return measured_drains(state); }, core::Deadline::in(kReadingTime));
  const auto json = found ? core::parse_json(*found) : tl::unexpected(found.error());
  if (json) return {core::Millis((*json)["mean"].get<std::int64_t>()), (*json)["drains"].get<std::size_t>()};
  session.out().note("records of drains not readable, so their time is assumed: " + core::describe(json.error()));
  return {};
}

AdviceShown advice_on(const Market& market, const Advise& options, const DrainMeasured& measured, core::WallTime now) {
  constexpr core::Millis kWholeNotice = std::chrono::minutes(5);
  AdviceShown shown;
  const bool from_records = !options.drain && measured.drains > 0;
  shown.drains_measured = from_records ? measured.drains : 0;
  shown.lost = {from_records ? measured.mean : options.drain.value_or(kWholeNotice), options.rework};
  std::map<TypeInZone, const ecs::SpotAdvice*> rates;
  for (const auto& each : market.advice) rates[{each.instance_type, each.zone_id}] = &each;
  std::vector<ecs::SpotOffer> offers;
  std::vector<ecs::OnDemandOffer> on_demand;
  for (const auto& series : market.prices.series) {
    const TypeInZone place{series.instance_type, series.zone_id};
    on_demand.push_back({place.first, place.second, series.on_demand, supply_in(market.on_demand_stock, place)});
    const auto rate = rates.find(place);
    if (rate == rates.end()) continue;
    offers.push_back(
        {place.first, place.second, series, rate->second->interruption_rate, supply_in(market.spot_stock, place)});
  }
  shown.offers = ecs::ranked(offers, shown.lost, now);
  shown.fallbacks = ecs::fallbacks(shown.offers, on_demand, static_cast<std::size_t>(options.most));
  for (const auto& each : shown.offers)
    shown.release_texts.push_back(rates.at({each.offer.instance_type, each.offer.zone_id})->interruption_text);
  return shown;
}

void show(Output& out, const AdviceShown& shown) {
  out.result(as_json(shown), offers_table(shown));
  if (out.for_people() && !shown.offers.empty()) {
    out.line();
    out.table(fallbacks_table(shown));
    out.line();
    out.line(legend_of(shown));
  }
  if (const auto remark = stock_remark(shown.offers); !remark.empty()) out.note(remark);
  std::string words;
  for (const auto& each : shown.fallbacks) {
    if (each.spot) words += " --try " + core::printable(each.instance_type + "@" + each.zone_id, 160);
  }
  if (!words.empty()) out.note("in this order: preemptctl spot launch" + words);
}

Exit advise(CloudSession& session, const Advise& options) {
  if (const auto wrong = misuse(options); !wrong.empty()) {
    session.out().error(wrong);
    return Exit::failed;
  }
  const auto now = core::system_clock().wall_now();
  const auto market = ask_market(session, options, now);
  if (!market) return session.report_failure(market.error());
  const auto measured = options.drain ? DrainMeasured{} : drain_measured_here(session);
  const auto shown = advice_on(*market, options, measured, now);
  show(session.out(), shown);
  return shown.offers.empty() ? Exit::not_found : Exit::ok;
}

}  // namespace

Command spot_advise_command() {
  return cloud_command<Advise>(
      "spot advise", "Rank types and zones by what an hour of useful work costs",
      "Joins price, release rate, stock and what an interruption costs. COST is the mean price, divided by the share "
      "of\n"
      "paid time that is useful work; A DAY is how often it is expected to be taken back, by its release rate (read "
      "as\n"
      "a chance a day) and by prices above BID. BID is 10 % above what the price did not exceed in 99 % of the time.\n"
      "Below stands what to try in order, ending on demand, and whether stock is the limit, not the price.\n\n"
      "  preemptctl spot advise --for \"4 vCPU, 16 GiB\" --zone cn-hangzhou-i",
      declare_advise, advise);
}

}  // namespace preemptd::cli
