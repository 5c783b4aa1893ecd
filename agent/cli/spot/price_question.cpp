#include "cli/spot/price_question.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "cli/session/side_by_side.h"
#include "core/text.h"
#include "core/utc.h"

namespace preemptd::cli {
namespace {

bool is_unknown_type(const ecs::Failure& failure) {
  return failure.server && failure.server->code.starts_with("InvalidInstanceType");
}

std::vector<ecs::PriceQuery> queries_for(const PricesWanted& wanted) {
  const std::set<std::string> types(wanted.types.begin(), wanted.types.end());
  std::set<std::string> zones(wanted.zones.begin(), wanted.zones.end());
  if (zones.empty()) zones.insert("");
  std::vector<ecs::PriceQuery> queries;
  for (const auto& type : types) {
    for (const auto& zone : zones) {
      ecs::PriceQuery query;
      query.instance_type = type;
      query.zone_id = zone;
      query.os = wanted.os;
      query.from = core::format_utc(wanted.from);
      query.until = core::format_utc(wanted.until);
      queries.push_back(std::move(query));
    }
  }
  return queries;
}

/// What became of one query.
struct PartFound {
  std::vector<ecs::SpotPrice> points;
  std::optional<ecs::Failure> unknown;
};

ecs::Result<PricesFound> put_together(const std::vector<ecs::PriceQuery>& queries, std::vector<PartFound> parts,
                                      const PricesWanted& wanted) {
  std::vector<ecs::SpotPrice> history;
  std::set<std::string> unknown, priced, asked;
  std::optional<ecs::Failure> refusal;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto& type = queries[i].instance_type;
    asked.insert(type);
    if (parts[i].unknown) unknown.insert(type), refusal = parts[i].unknown;
    if (!parts[i].points.empty()) priced.insert(type);
    std::move(parts[i].points.begin(), parts[i].points.end(), std::back_inserter(history));
  }
  if (refusal && unknown == asked) return tl::unexpected(*refusal);
  PricesFound found;
  found.from = wanted.from;
  found.until = wanted.until;
  found.series = ecs::series_of(history);
  found.unknown_types.assign(unknown.begin(), unknown.end());
  for (const auto& type : asked) {
    if (!unknown.contains(type) && !priced.contains(type)) found.without_price.push_back(type);
  }
  return found;
}

}  // namespace

ecs::Result<PricesFound> ask_prices(CloudSession& session, const PricesWanted& wanted) {
  const auto queries = queries_for(wanted);
  std::vector<PartFound> parts(queries.size());
  const auto ask = [&](ecs::Client& client, std::size_t number) -> std::optional<ecs::Failure> {
    auto points = ask_history(client, queries[number], session.by());
    if (points) {
      parts[number].points = std::move(*points);
      return std::nullopt;
    }
    if (!is_unknown_type(points.error())) return points.error();
    parts[number].unknown = points.error();
    return std::nullopt;
  };
  if (auto failure = ask_side_by_side(session, queries.size(), "price histories", ask))
    return tl::unexpected(std::move(*failure));
  return put_together(queries, std::move(parts), wanted);
}

ecs::Result<std::vector<ecs::SpotPrice>> ask_history(ecs::Client& client, const ecs::PriceQuery& query,
                                                     core::Deadline by) {
  auto points = ecs::describe_spot_price_history(client, query, by);
  if (!points) return points;
  for (const auto& each : *points) {
    if (core::parse_utc(each.at)) continue;
    return ecs::failed(core::ErrorCode::bad_reply,
                       "a price without a readable Timestamp: \"" + core::printable(each.at, 64) + "\"",
                       "ecs:DescribeSpotPriceHistory");
  }
  return points;
}

void report_gaps(Output& out, const PricesFound& found) {
  for (const auto& type : found.unknown_types)
    out.warning(core::printable(type, 64) + ": not sold here; preemptctl spot zones --type TYPE shows where");
  for (const auto& type : found.without_price)
    out.warning(core::printable(type, 64) + ": no price in that time; a longer --over may have one");
}

}  // namespace preemptd::cli
