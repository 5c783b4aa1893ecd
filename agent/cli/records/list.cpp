#include <nlohmann/json.hpp>

#include "cli/command/commands.h"
#include "cli/command/settings.h"
#include "core/text.h"
#include "core/utc.h"
#include "drain/journal/record.h"

namespace preemptd::cli {
namespace {

struct RecordsListOptions {
  std::int64_t limit = 20;
};

std::string sources_of(const core::Notice& notice) {
  std::string text;
  for (const auto source : notice.sources) text += (text.empty() ? "" : ", ") + std::string(core::name_of(source));
  return text;
}

Json as_json(const drain::Record& record) {
  Json json{{"id", record.notice.id},
            {"state", drain::name_of(record.state)},
            {"started_at", core::format_utc_millis(record.started_at)},
            {"termination_time", core::format_utc(record.notice.termination_time)},
            {"rehearsal", record.notice.rehearsal},
            {"hooks", record.hooks.size()},
            {"failed", nullptr},
            {"margin_ms", nullptr}};
  if (record.finished) {
    json["failed"] = record.finished->failed;
    json["margin_ms"] = record.finished->margin.count();
  }
  return json;
}

std::vector<Cell> row_of(const drain::Record& record) {
  const auto failed = record.finished ? record.finished->failed : 0;
  const std::string outcome = std::to_string(record.hooks.size()) + (record.hooks.size() == 1 ? " hook" : " hooks") +
                              (failed > 0 ? ", " + std::to_string(failed) + " failed" : "");
  return {record.notice.id,
          core::format_utc(record.started_at),
          std::string(drain::name_of(record.state)) + (record.notice.rehearsal ? " (rehearsal)" : ""),
          sources_of(record.notice),
          {outcome, failed > 0 ? Tone::bad : Tone::plain},
          record.finished ? spoken(record.finished->margin.count()) : ""};
}

Exit list(Context& context, const RecordsListOptions& options) {
  const auto state = load_settings(context).config.paths.state;
  const auto drains = drain::list_drains(state);
  if (!drains) {
    context.out.error(drains.error());
    return Exit::failed;
  }
  Json records = Json::array();
  Table table{{{"DRAIN"},
               {"STARTED"},
               {"STATE"},
               {"SOURCES", Align::left, true, 1},
               {"HOOKS", Align::left, true},
               {"MARGIN", Align::right}},
              {},
              "no drain yet"};
  for (const auto& id : *drains) {
    if (static_cast<std::int64_t>(table.rows.size()) >= options.limit) break;
    const auto record = drain::read_record(drain::drain_folder(state, id));
    if (!record) context.out.warning(core::describe(record.error()));
    if (!record || !*record) continue;
    records.push_back(as_json(**record));
    table.rows.push_back(row_of(**record));
  }
  context.out.result({{"drains", records}}, table);
  return Exit::ok;
}

}  // namespace

Command records_list_command() {
  return {.path = "records list",
          .summary = "List past drains, the newest first",
          .details = "",
          .declare = with_options<RecordsListOptions>(
              [](Arguments& arguments, RecordsListOptions& options) {
                arguments.number("--limit", "N", options.limit, 1, 10000, "At most N of them");
              },
              list)};
}

}  // namespace preemptd::cli
