#include <nlohmann/json.hpp>

#include "cli/command/commands.h"
#include "cli/command/settings.h"
#include "cli/records/last_words.h"
#include "cli/records/record_page.h"
#include "cli/records/record_view.h"
#include "core/json.h"
#include "core/text.h"
#include "node/drain_result.h"
#include "node/evidence.h"
#include "sys/files.h"

namespace preemptd::cli {
namespace {

struct RecordsShowOptions {
  std::string id;
  std::string html;
};

void show_screen(Context& context, const drain::Record& record, const EvidenceRuns& evidence,
                 const std::string& folder) {
  auto& out = context.out;
  const auto result = node::result_of(record);
  out.line(out.paint(result.failed > 0 ? Tone::bad : Tone::strong, core::drain_verdict(result)));
  out.line();
  out.table(facts_table(record, evidence));
  out.line();
  const auto paint = [&](Tone tone, std::string_view text) { return out.paint(tone, text); };
  out.raw(draw(timeline_of(record, record.started_boot, core::system_clock().boot_now()), out.style().width, paint));
  out.line();
  out.table(hooks_table(record));
  for (const auto& warning : record.started.warnings) out.warning(core::printable(warning, 300));
  show_last_words(out, record, folder);
}

Exit write_page(Context& context, const drain::Record& record, const EvidenceRuns& evidence, const std::string& file) {
  auto written = sys::write_file_atomically(file, html_page(record, evidence), 0644, sys::Durable::no);
  if (!written) {
    context.out.error(written.error());
    return Exit::failed;
  }
  context.out.line("written: " + file);
  return Exit::ok;
}

/// The record's own document, with what preemptd noted beside it.
Exit write_json(Context& context, const drain::Record& record, const EvidenceRuns& evidence) {
  Json document = drain::to_json(record);
  document["evidence"] = core::parse_json(node::to_text(evidence)).value_or(Json::object())["runs"];
  auto shown = context.out.document(document);
  if (!shown) context.out.error(shown.error());
  return shown ? Exit::ok : Exit::failed;
}

Exit show_record(Context& context, const drain::Record& record, const std::string& state, const std::string& html) {
  const auto evidence = node::read_evidence(state, record.notice.id);
  if (!evidence) context.out.warning("without the polls and reports: " + core::describe(evidence.error()));
  const EvidenceRuns runs = evidence.value_or(EvidenceRuns{});
  if (!html.empty()) return write_page(context, record, runs, html);
  if (context.out.style().format == Format::json) return write_json(context, record, runs);
  show_screen(context, record, runs, drain::drain_folder(state, record.notice.id));
  return Exit::ok;
}

Exit show(Context& context, const RecordsShowOptions& options) {
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
  if (*record) return show_record(context, **record, state, options.html);
  const auto near = core::nearest(id, *drains);
  context.out.error(drains->empty() ? "no drain yet"
                                    : "no drain \"" + core::printable(id, 120) + "\"" +
                                          (near ? ", did you mean " + *near + "?" : ""));
  return Exit::not_found;
}

}  // namespace

Command records_show_command() {
  return {.path = "records show",
          .summary = "Show one drain: who saw what, each hook's plan and outcome, and the margin",
          .details =
              "Without ID the newest. --json gives the whole record, with every poll around the notice and what\n"
              "became of each report (/usr/share/doc/preemptd/reference/journal-and-record.md).",
          .declare = with_options<RecordsShowOptions>(
              [](Arguments& arguments, RecordsShowOptions& options) {
                arguments.optional_positional("ID", options.id, "A drain, as records list names it");
                arguments.text("--html", "FILE", options.html, "Write one self-contained page with the timeline drawn");
              },
              show)};
}

}  // namespace preemptd::cli
