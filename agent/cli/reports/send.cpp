#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/command/commands.h"
#include "cli/command/settings.h"
#include "cli/host/notice_now.h"
#include "cli/reports/outbox.h"
#include "core/text.h"
#include "node/report_events.h"
#include "node/service_account.h"
#include "node/sink_factory.h"
#include "report/outbox/outbox_files.h"

namespace preemptd::cli {
namespace {

struct ReportSendOptions {
  std::string id;
  std::string sink;
};

struct Delivery {
  std::string sink;
  report::DeliveryOutcome outcome;
};

/// Delivers one event to the sinks chosen, from here and now, past the outbox.
std::vector<Delivery> send(std::vector<report::SinkSetup>& sinks, const std::string& only,
                           const report::CloudEvent& event) {
  std::vector<Delivery> answers;
  for (auto& [traits, sink] : sinks) {
    if (!only.empty() && traits.name != only) continue;
    report::Delivery delivery;
    delivery.event = event;
    delivery.by = core::Deadline::after(core::BootClock::now(), traits.timeout);
    delivery.wall_now = core::system_clock().wall_now();
    answers.push_back({traits.name, sink->deliver(delivery)});
  }
  return answers;
}

Exit show(Context& context, const std::vector<Delivery>& answers) {
  Json list = Json::array();
  Table table{{{"SINK"}, {"RESULT"}, {"WHAT CAME BACK"}}, {}, ""};
  bool well = true;
  for (const auto& [sink, outcome] : answers) {
    const bool delivered = outcome.kind == report::DeliveryOutcome::Kind::delivered;
    well = well && delivered;
    const std::string detail = core::redact(core::printable(outcome.detail, 300));
    list.push_back({{"sink", sink}, {"result", report::name_of(outcome.kind)}, {"detail", detail}});
    table.rows.push_back(
        {sink, {std::string(report::name_of(outcome.kind)), delivered ? Tone::good : Tone::bad}, detail});
  }
  context.out.result({{"delivered", well}, {"sinks", list}}, table);
  return well ? Exit::ok : Exit::failed;
}

Exit send_to(Context& context, const config::Config& config, const std::string& only, const report::CloudEvent& event) {
  auto made = node::make_sinks(config);
  std::vector<std::string> names;
  for (const auto& sink : made.sinks) names.push_back(sink.traits.name);
  if (names.empty()) {
    context.out.error(
        "no sink is configured: add [sink.NAME] to /etc/preemptd/conf.d/reports.toml, as preemptd.toml(5) says");
    return Exit::not_found;
  }
  if (!only.empty() && std::find(names.begin(), names.end(), only) == names.end()) {
    const auto near = core::nearest(only, names);
    context.out.error("no sink \"" + core::printable(only, 80) + "\"" + (near ? ", did you mean " + *near + "?" : ""));
    return Exit::not_found;
  }
  return show(context, send(made.sinks, only, event));
}

Exit test(Context& context, const ReportSendOptions& options) {
  const auto config = load_settings(context).config;
  const auto event =
      node::agent_event("agent.started", published_identity(config.paths.run), core::system_clock().wall_now());
  const Exit sent = send_to(context, config, options.sink, event);
  const auto unreadable = node::secrets_out_of_reach(config);
  for (const auto& error : unreadable) context.out.error(core::describe(error) + ": " + node::kHowToGiveSecrets);
  return unreadable.empty() ? sent : Exit::failed;
}

Exit resend(Context& context, const ReportSendOptions& options) {
  const auto config = load_settings(context).config;
  const auto found = find_report(config, options.id);
  if (!found) {
    context.out.error(found.error());
    return Exit::not_found;
  }
  return send_to(context, config, options.sink, found->event);
}

}  // namespace

Command report_test_command() {
  return {
      .path = "report test",
      .summary = "Send one report now, and show what came back",
      .details =
          "Sends \"the agent started\" to SINK, or to every sink, from here, past the outbox. Exit 0 when all took it.",
      .declare = with_options<ReportSendOptions>(
          [](Arguments& arguments, ReportSendOptions& options) {
            arguments.optional_positional("SINK", options.sink, "Only this one");
          },
          test),
      .acts = true};
}

Command report_resend_command() {
  return {
      .path = "report resend",
      .summary = "Send a report again, now",
      .details = "With its old id: a receiver that knows it already recognises it. What the outbox owes stays owed.",
      .declare = with_options<ReportSendOptions>(
          [](Arguments& arguments, ReportSendOptions& options) {
            arguments.positional("ID", options.id, "A report, as report list names it");
            arguments.text("--sink", "NAME", options.sink, "Only to this sink");
          },
          resend),
      .acts = true};
}

}  // namespace preemptd::cli
