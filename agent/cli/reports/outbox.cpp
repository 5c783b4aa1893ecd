#include "cli/reports/outbox.h"

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command/commands.h"
#include "cli/command/settings.h"
#include "core/json.h"
#include "core/text.h"
#include "core/utc.h"

namespace preemptd::cli {
namespace {

using core::Result;

struct ReportOutboxOptions {
  std::string id;
  bool all = false;
};

std::string owed_to(const report::StoredReport& stored) {
  std::string text;
  for (const auto& [sink, mark] : stored.marks)
    text += (text.empty() ? "" : ", ") + sink + " " + std::string(report::name_of(mark));
  return text;
}

Json as_json(const report::StoredReport& stored) {
  Json marks = Json::object();
  for (const auto& [sink, mark] : stored.marks) marks[sink] = report::name_of(mark);
  return {{"number", stored.number},
          {"event", core::parse_json(report::to_structured(stored.event)).value_or(Json(nullptr))},
          {"sinks", marks}};
}

Exit list(Context& context, const ReportOutboxOptions& options) {
  const auto outbox = read_outbox(load_settings(context).config);
  if (!outbox) {
    context.out.error(outbox.error());
    return Exit::failed;
  }
  Json reports = Json::array();
  Table table{{{"ID"}, {"TYPE"}, {"TIME", Align::left, false, 1}, {"SINKS"}},
              {},
              options.all ? "no report yet" : "no report waits"};
  auto add = [&](const report::StoredReport& stored, bool waiting) {
    Json one = as_json(stored);
    one["waiting"] = waiting;
    reports.push_back(std::move(one));
    table.rows.push_back({stored.event.id,
                          stored.event.type,
                          core::format_utc(stored.event.time),
                          {owed_to(stored), waiting ? Tone::warn : Tone::plain}});
  };
  if (options.all) {
    for (const auto& stored : outbox->sent) add(stored, false);
  }
  for (const auto& stored : outbox->owed) add(stored, true);
  context.out.result({{"reports", reports}}, table);
  return Exit::ok;
}

Exit show(Context& context, const ReportOutboxOptions& options) {
  const auto stored = find_report(load_settings(context).config, options.id);
  if (!stored) {
    context.out.error(stored.error());
    return Exit::not_found;
  }
  if (auto shown = context.out.document(as_json(*stored)); !shown) {
    context.out.error(shown.error());
    return Exit::failed;
  }
  return Exit::ok;
}

/// A running preemptd follows its outbox, and forgets what is taken out of it.
Exit drop(Context& context, const ReportOutboxOptions& options) {
  const auto config = load_settings(context).config;
  const auto stored = find_report(config, options.id);
  if (!stored) {
    context.out.error(stored.error());
    return Exit::not_found;
  }
  report::Report report;
  report.number = stored->number;
  report.event = stored->event;
  report.marks = stored->marks;
  if (report::is_settled(report)) {
    context.out.error(stored->event.id + " was delivered to every sink already: nothing to drop");
    return Exit::failed;
  }
  if (auto removed = report::remove_report(config.paths.state + "/outbox", report); !removed) {
    context.out.error(removed.error());
    return Exit::failed;
  }
  context.out.line("dropped: " + stored->event.id);
  return Exit::ok;
}

Run with_id(Arguments& arguments, Exit (*body)(Context&, const ReportOutboxOptions&)) {
  auto options = std::make_shared<ReportOutboxOptions>();
  arguments.positional("ID", options->id, "A report, as report list names it");
  return [options, body](Context& context) { return body(context, *options); };
}

}  // namespace

Result<report::StoredOutbox> read_outbox(const config::Config& config) {
  return report::read_outbox(config.paths.state + "/outbox");
}

Result<report::StoredReport> find_report(const config::Config& config, const std::string& id) {
  const auto outbox = read_outbox(config);
  if (!outbox) return tl::unexpected(outbox.error());
  std::vector<std::string> ids;
  for (const auto* reports : {&outbox->owed, &outbox->sent}) {
    for (const auto& stored : *reports) {
      if (stored.event.id == id || std::to_string(stored.number) == id) return stored;
      ids.push_back(stored.event.id);
    }
  }
  const auto near = core::nearest(id, ids);
  return core::fail(core::ErrorCode::bad_input,
                    "no report \"" + core::printable(id, 120) + "\"" + (near ? ", did you mean " + *near + "?" : ""));
}

Command report_list_command() {
  return {.path = "report list",
          .summary = "List reports that wait in the outbox",
          .declare = with_options<ReportOutboxOptions>(
              [](Arguments& arguments, ReportOutboxOptions& options) {
                arguments.flag("--all", options.all, "Also those that every sink got lately");
              },
              list)};
}

Command report_show_command() {
  return {.path = "report show",
          .summary = "Show one report, and how it stands with each sink",
          .declare = [](Arguments& arguments) { return with_id(arguments, show); }};
}

Command report_drop_command() {
  return {.path = "report drop",
          .summary = "Take a report out of the outbox, unsent",
          .details = "It is not delivered any more. An attempt under way may still arrive.",
          .declare = [](Arguments& arguments) { return with_id(arguments, drop); },
          .acts = true};
}

}  // namespace preemptd::cli
