#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/record_view.h"
#include "cli/settings.h"
#include "core/text.h"
#include "core/utc.h"

namespace preemptd::cli {
namespace {

struct Options {
  std::string id;
};

Table facts_of(const drain::Record& record) {
  Table facts{{{"WHAT"}, {"STATE"}}, {}, "", false};
  auto fact = [&](const char* name, Cell cell) { facts.rows.push_back({Cell(name, Tone::strong), std::move(cell)}); };
  const auto& notice = record.notice;
  std::string sources;
  for (const auto source : notice.sources)
    sources += (sources.empty() ? "" : ", then ") + std::string(core::name_of(source));
  fact("drain", notice.id + (notice.rehearsal ? " (rehearsal at speed " + std::to_string(notice.speed) + ")" : ""));
  fact("instance", notice.instance.instance_id + "  " + notice.instance.instance_type + "  " + notice.instance.zone_id);
  fact("notice", "seen " + core::format_utc_millis(notice.seen_at) + " by " + sources);
  fact("ends", core::format_utc(notice.termination_time) + (notice.exact ? "" : " (guessed: only the lock spoke)") +
                   ", " + std::string(core::name_of(notice.behavior)));
  if (!notice.reason.empty()) fact("reason", core::printable(notice.reason, 300));
  fact("clock error", spoken(notice.clock_error.count()));
  fact("started",
       core::format_utc_millis(record.started_at) +
           (record.drainers > 1 ? ", gone on with " + std::to_string(record.drainers - 1) + " times after a crash"
                                : ""));
  fact("plan", core::printable(record.started.verdict, 300));
  if (record.finished) {
    const auto margin = record.finished->margin.count();
    fact("margin", {spoken(margin) + (margin < 0 ? " (late)" : ""), margin < 0 ? Tone::bad : Tone::good});
  }
  fact("version", record.started.version + ", config " + record.started.config_digest + ", hooks " +
                      record.started.hooks_digest + ", trees killed by " + record.started.backend);
  return facts;
}

/// What the hooks that did not end well said last.
void show_last_words(Context& context, const drain::Record& record) {
  for (const auto& hook : record.hooks) {
    if (!hook.outcome || went_well(*hook.outcome)) continue;
    const auto& said = hook.err.tail.empty() ? hook.out.tail : hook.err.tail;
    if (said.empty()) continue;
    context.out.line();
    context.out.line(context.out.paint(Tone::strong, core::printable(hook.plan.hook.name, 120) + " said last:"));
    for (const auto line : core::split(core::trim(said), '\n')) context.out.line("  " + core::printable(line, 500));
  }
}

void show_screen(Context& context, const drain::Record& record) {
  auto& out = context.out;
  out.table(facts_of(record));
  out.line();
  const auto paint = [&](Tone tone, std::string_view text) { return out.paint(tone, text); };
  out.raw(draw(timeline_of(record, record.started_boot, core::system_clock().boot_now()), out.style().width, paint));
  out.line();
  out.table(hooks_table(record));
  for (const auto& warning : record.started.warnings) out.warning(core::printable(warning, 300));
  show_last_words(context, record);
}

Exit show(Context& context, const Options& options) {
  const auto state = load_settings(context).config.paths.state;
  const auto drains = drain::list_drains(state);
  if (!drains) {
    context.out.error(drains.error());
    return Exit::failed;
  }
  const std::string id = options.id.empty() && !drains->empty() ? drains->front() : options.id;
  const auto record = core::is_plain_name(id) ? drain::read_record(drain::drain_folder(state, id))
                                              : core::Result<std::optional<drain::Record>>(std::nullopt);
  if (!record) {
    context.out.error(record.error());
    return Exit::failed;
  }
  if (!*record) {
    const auto near = core::nearest(id, *drains);
    context.out.error(drains->empty() ? "no drain yet"
                                      : "no drain \"" + core::printable(id, 120) + "\"" +
                                            (near ? ", did you mean " + *near + "?" : ""));
    return Exit::not_found;
  }
  if (context.out.style().format == Format::json) {
    auto shown = context.out.document(drain::to_json(**record));
    if (!shown) context.out.error(shown.error());
    return shown ? Exit::ok : Exit::failed;
  }
  show_screen(context, **record);
  return Exit::ok;
}

}  // namespace

Command records_show_command() {
  return {.path = "records show",
          .summary = "Show one drain: who saw what, each hook's plan and outcome, and the margin",
          .details = "Without ID the newest. --json gives the whole record (docs/journal-and-record.md).",
          .declare = [](Arguments& arguments) -> Run {
            auto options = std::make_shared<Options>();
            arguments.optional_positional("ID", options->id, "A drain, as records list names it");
            return [options](Context& context) { return show(context, *options); };
          }};
}

}  // namespace preemptd::cli
