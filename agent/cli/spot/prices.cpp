#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/ecs/commands.h"
#include "cli/host/bounded_call.h"
#include "cli/spot/price_chart.h"
#include "cli/spot/price_plot.h"
#include "cli/spot/price_question.h"
#include "cli/terminal/numbers.h"
#include "core/duration.h"
#include "core/text.h"
#include "core/utc.h"
#include "ecs/spot/price_statistics.h"
#include "sys/files.h"

namespace preemptd::cli {
namespace {

constexpr int kSparkCells = 16;

struct Prices {
  std::vector<std::string> types;
  std::vector<std::string> zones;
  std::string os;
  core::Millis over = std::chrono::hours(24);
  std::optional<double> bid;
  bool series = false;
  bool chart = false;
  std::string svg;
};

void declare(Arguments& arguments, Prices& options) {
  arguments.positionals("TYPE", options.types, "Instance types", true);
  arguments.texts("--zone", "ID", options.zones, "Only in this zone");
  arguments.text("--os", "OS", options.os, "linux or windows");
  arguments.duration("--over", options.over, "Look back this far, at most 30 days");
  arguments.price("--bid", "PRICE", options.bid, "Also show for which share of the time this would have been enough");
  arguments.flag("--series", options.series, "Every price, instead of what they come down to");
  arguments.flag("--chart", options.chart, "Also draw the prices below the table");
  arguments.text("--svg", "FILE", options.svg, "Also draw the prices into this file");
}

std::string signed_percent(double share) {
  return (share >= 0.005 ? "+" : "") + percent(share);
}

Json as_json(const ecs::PriceSummary& each) {
  Json json{{"instance_type", each.instance_type},
            {"zone_id", each.zone_id},
            {"currency", each.currency},
            {"now", each.now},
            {"min", each.least},
            {"mean", each.mean},
            {"median", each.median},
            {"p95", each.p95},
            {"max", each.most},
            {"on_demand", each.on_demand},
            {"saving", each.saving()},
            {"points", each.points},
            {"changes", each.changes},
            {"trend", each.trend}};
  if (each.under_bid) json["under_bid"] = *each.under_bid;
  return json;
}

std::vector<Column> summary_columns(const Prices& options, bool with_spark) {
  std::vector<Column> columns{{"TYPE"},
                              {"ZONE"},
                              {"NOW", Align::right},
                              {"MIN", Align::right, false, 5},
                              {"MEAN", Align::right, false, 1},
                              {"MEDIAN", Align::right, false, 6},
                              {"P95", Align::right, false, 3},
                              {"MAX", Align::right, false, 4},
                              {"ON DEMAND", Align::right},
                              {"SAVES", Align::right},
                              {"CHANGES", Align::right, false, 8},
                              {"TREND", Align::right, false, 2},
                              {"CURRENCY", Align::left, false, 9}};
  if (options.bid) columns.push_back({"UNDER BID", Align::right});
  if (with_spark) columns.push_back({"LAST " + core::format_duration(options.over), Align::left, false, 7});
  return columns;
}

std::vector<Cell> summary_row(const ecs::PriceSummary& each) {
  std::vector<Cell> row{each.instance_type, each.zone_id};
  for (const double price : {each.now, each.least, each.mean, each.median, each.p95, each.most, each.on_demand})
    row.emplace_back(decimal(price, 4));
  row.emplace_back(percent(each.saving()), Tone::good);
  row.emplace_back(std::to_string(each.changes));
  row.emplace_back(signed_percent(each.trend));
  row.emplace_back(each.currency);
  if (each.under_bid) row.emplace_back(percent(*each.under_bid), *each.under_bid < 1 ? Tone::warn : Tone::good);
  return row;
}

void show_summaries(CloudSession& session, const Prices& options, const PricesFound& asked) {
  struct Shown {
    const ecs::PriceSeries* series;
    ecs::PriceSummary summary;
  };
  std::vector<Shown> all;
  for (const auto& series : asked.series) all.push_back({&series, ecs::summary_of(series, asked.until, options.bid)});
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.summary.now < b.summary.now; });
  const bool with_spark = session.out().for_people();
  Table table{summary_columns(options, with_spark), {}, "no price in that time", true};
  Json json = Json::array();
  for (const auto& [series, summary] : all) {
    json.push_back(as_json(summary));
    auto row = summary_row(summary);
    const double top = std::max(summary.on_demand, summary.most);
    if (with_spark) row.emplace_back(spark(*series, asked.from, asked.until, top, kSparkCells), Tone::faint);
    table.rows.push_back(std::move(row));
  }
  session.out().result(json, table);
}

void show_series(CloudSession& session, const PricesFound& asked) {
  Table table{{{"TYPE"}, {"ZONE"}, {"AT"}, {"PRICE", Align::right}, {"CURRENCY"}}, {}, "no price in that time", true};
  Json json = Json::array();
  for (const auto& series : asked.series) {
    for (const auto& step : series.steps) {
      const auto at = core::format_utc(step.at);
      json.push_back({{"instance_type", series.instance_type},
                      {"zone_id", series.zone_id},
                      {"at", at},
                      {"price", step.price},
                      {"currency", series.currency}});
      table.rows.push_back({series.instance_type, series.zone_id, at, decimal(step.price, 4), series.currency});
    }
  }
  session.out().result(json, table);
}

/// False after saying why the file was not written.
bool write_picture(Output& out, const std::string& path, const std::string& picture) {
  constexpr core::Millis kWritingTime = core::Seconds(10);
  const auto written = result_in_time(
      [&]() -> core::Result<std::string> {
        const auto done = sys::write_file_atomically(path, picture, 0644, sys::Durable::no);
        if (!done) return tl::unexpected(done.error());
        return std::string();
      },
      core::Deadline::in(kWritingTime));
  if (!written) {
    out.error(written.error());
    return false;
  }
  out.note("the prices are drawn in " + core::printable(path, 200));
  return true;
}

Exit prices(CloudSession& session, const Prices& options) {
  if (options.over > std::chrono::days(30) || options.over <= core::Millis{0}) {
    session.out().error("--over is more than nothing, and at most 30 days: 720h");
    return Exit::failed;
  }
  const auto now = core::system_clock().wall_now();
  const auto asked = ask_prices(session, {options.types, options.zones, options.os, now - options.over, now});
  if (!asked) return session.report_failure(asked.error());
  report_gaps(session.out(), *asked);
  if (options.series) {
    show_series(session, *asked);
  } else {
    show_summaries(session, options, *asked);
  }
  auto& out = session.out();
  const PriceChart chart{asked->series, asked->from, asked->until, options.bid};
  if (options.chart && out.for_people()) {
    const auto paint = [&](Tone tone, std::string_view text) { return out.paint(tone, text); };
    out.raw("\n" + price_plot(chart, out.style().width, paint));
  }
  if (!options.svg.empty() && !write_picture(out, options.svg, svg_of(chart))) return Exit::failed;
  return asked->unknown_types.empty() ? Exit::ok : Exit::not_found;
}

}  // namespace

Command spot_prices_command() {
  return cloud_command<Prices>(
      "spot prices", "Show spot prices: now, least, mean, median, 95 %, most, trend, and what they save",
      "Every figure is weighted by time: a price holds until the next one. TREND compares the last quarter of the time "
      "with\nwhat came before. The bars at the end go from 0 to the on-demand price.\n\n"
      "A type that is not sold here is named, and the exit code is 4.",
      declare, prices);
}

}  // namespace preemptd::cli
