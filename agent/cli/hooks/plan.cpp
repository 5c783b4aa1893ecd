#include <nlohmann/json.hpp>

#include "cli/command/commands.h"
#include "cli/command/settings.h"
#include "cli/hooks/found.h"
#include "cli/hooks/sweep.h"
#include "cli/terminal/timeline.h"
#include "core/duration.h"
#include "core/text.h"
#include "drain/plan/plan.h"

namespace preemptd::cli {
namespace {

struct HooksPlanOptions {
  std::vector<std::string> folders;
  core::Millis notice = core::Seconds(300);
  bool sweep = false;
};

core::Millis since(core::BootTime start, core::BootTime at) {
  return std::chrono::duration_cast<core::Millis>(at - start);
}

/// Whole seconds where there are any, rounded up: nobody plans in milliseconds.
std::string in_round_figures(core::Millis value) {
  return core::format_duration(value < core::Seconds(1) ? value : std::chrono::ceil<core::Seconds>(value));
}

std::string note_of(const drain::PlannedHook& planned) {
  if (!planned.starts) return "never starts";
  std::string note = planned.asks.count() == 0 ? "no limits" : "asks " + core::format_duration(planned.asks);
  if (planned.short_by.count() > 0) note += ", " + in_round_figures(planned.short_by) + " short";
  return note;
}

Timeline timeline_of(const drain::Plan& plan) {
  Timeline timeline{plan.available, {}};
  for (const auto& planned : plan.hooks) {
    const auto from = since(plan.now, planned.start_by), stop = since(plan.now, planned.stop_by);
    const bool bad = !planned.starts || planned.short_by.count() > 0;
    ChartRow lane{core::printable(planned.hook.name, 120), bad ? Tone::bad : Tone::good, {}, note_of(planned)};
    if (planned.starts)
      lane.spans = {{from, stop, Fill::allowed}, {from, std::min(stop, from + planned.asks), Fill::run}};
    timeline.lanes.push_back(std::move(lane));
  }
  const auto end = since(plan.now, plan.window.hooks_end.at());
  timeline.lanes.push_back({"last report", Tone::faint, {{end, plan.available, Fill::reserved}}, ""});
  return timeline;
}

Json as_json(const drain::Plan& plan, const drain::Discovery& found) {
  Json hooks = Json::array();
  for (const auto& planned : plan.hooks) {
    hooks.push_back({{"hook", core::valid_utf8(planned.hook.name)},
                     {"stage", planned.hook.stage},
                     {"starts", planned.starts},
                     {"start_by_ms", since(plan.now, planned.start_by).count()},
                     {"stop_by_ms", since(plan.now, planned.stop_by).count()},
                     {"kill_by_ms", since(plan.now, planned.kill_by).count()},
                     {"importance", drain::name_of(planned.hook.options.importance)},
                     {"asks_ms", planned.asks.count()},
                     {"expects_ms", planned.expects.count()},
                     {"short_by_ms", planned.short_by.count()}});
  }
  Json unusable = Json::array();
  for (const auto& hook : found.hooks) {
    const bool counts = hook.standing == drain::HookStatus::unsafe || hook.standing == drain::HookStatus::unrunnable;
    if (counts) unusable.push_back({{"hook", core::valid_utf8(hook.spec.name)}, {"reason", hook.reason}});
  }
  return {{"fits", plan.fits()},
          {"verdict", drain::verdict(plan)},
          {"available_ms", plan.available.count()},
          {"asked_ms", plan.asked.count()},
          {"expected_ms", plan.expected.count()},
          {"margin_ms", plan.margin().count()},
          {"blame", plan.blame},
          {"hooks", hooks},
          {"unusable", unusable}};
}

void show_sweep(Context& context, const Sweep& sweep) {
  if (!context.out.for_people()) return context.out.result(as_json(sweep), table_of(sweep));
  const auto paint = [&](Tone tone, std::string_view text) { return context.out.paint(tone, text); };
  context.out.raw(chart_of(sweep, context.out.style().width, paint));
  context.out.line();
  context.out.table(table_of(sweep));
}

Exit show_plan(Context& context, const HooksPlanOptions& options) {
  const auto loaded = load_settings(context);
  const auto found = find_hooks(loaded.config, options.folders, drain::GateMode::real);
  if (!found) {
    context.out.error(found.error());
    return Exit::not_found;
  }
  const auto now = core::system_clock().boot_now();
  const drain::Limits limits{loaded.config.drain.report_reserve, loaded.config.drain.parallel, 1};
  if (options.sweep) {
    show_sweep(context, sweep_of(found->called_on_drain(), limits, options.notice));
    return Exit::ok;
  }
  const auto plan = drain::plan(found->called_on_drain(), limits, core::Deadline::after(now, options.notice), now);
  const auto document = as_json(plan, *found);
  if (!context.out.for_people()) {
    if (auto shown = context.out.document(document); !shown) context.out.error(shown.error());
  } else {
    const auto paint = [&](Tone tone, std::string_view text) { return context.out.paint(tone, text); };
    context.out.raw(draw(timeline_of(plan), context.out.style().width, paint));
    context.out.line();
    context.out.line(context.out.paint(plan.fits() ? Tone::good : Tone::bad, drain::verdict(plan)));
  }
  for (const auto& hook : document["unusable"]) {
    context.out.warning(core::printable(hook["hook"].get<std::string>(), 120) +
                        " will not run: " + hook["reason"].get<std::string>());
  }
  return plan.fits() ? Exit::ok : Exit::failed;
}

}  // namespace

Command hooks_plan_command() {
  return {
      .path = "hooks plan",
      .summary = "Show when each hook would run, and whether all fit into the notice",
      .details =
          "Solid: what the hook asks for; dots: how long it may go on when others use less.\n"
          "Exit 0 when it fits, 1 when it does not.\n"
          "--sweep shows instead what becomes of each hook in every window from --notice down to 10 s, if all take\n"
          "what they took lately, else what they reserve; its exit code is 0.",
      .declare = with_options<HooksPlanOptions>(
          [](Arguments& arguments, HooksPlanOptions& options) {
            arguments.duration("--notice", options.notice, "Length of the notice");
            arguments.flag("--sweep", options.sweep, "Every window from there down to 10 s");
            declare_folders(arguments, options.folders);
          },
          show_plan)};
}

}  // namespace preemptd::cli
