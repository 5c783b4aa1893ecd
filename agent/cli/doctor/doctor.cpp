#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/command/checks.h"
#include "cli/command/commands.h"
#include "cli/command/settings.h"
#include "cli/doctor/bundle.h"
#include "core/json.h"

namespace preemptd::cli {
namespace {

struct DoctorOptions {
  bool bake = false;
  std::string bundle;
};

Tone tone_of(Finding finding) {
  return finding == Finding::ok ? Tone::good : finding == Finding::warn ? Tone::warn : Tone::bad;
}

std::vector<CheckResult> examine(const config::Loaded& loaded, bool bake) {
  const auto now = core::system_clock().wall_now();
  std::vector<CheckResult> checks = check_configuration(loaded);
  auto add = [&](std::vector<CheckResult> more) { checks.insert(checks.end(), more.begin(), more.end()); };
  add(check_hooks(loaded.config));
  add(check_units(bake));
  add(check_rehearsal(loaded.config, now));
  if (bake) add(check_leftovers(loaded.config));
  if (bake) return checks;
  add(check_folders(loaded.config));
  add(check_cloud(loaded.config));
  add(check_sinks(loaded.config));
  add(check_agent(loaded.config));
  return checks;
}

bool well(const std::vector<CheckResult>& checks) {
  return std::none_of(checks.begin(), checks.end(), [](const auto& check) { return check.finding == Finding::fail; });
}

Json document_of(const std::vector<CheckResult>& checks, const char* verdict) {
  Json list = Json::array();
  for (const auto& check : checks)
    list.push_back(
        {{"check", check.name}, {"finding", name_of(check.finding)}, {"what", check.what}, {"advice", check.advice}});
  return {{verdict, well(checks)}, {"checks", list}};
}

Exit doctor(Context& context, const DoctorOptions& options) {
  const auto loaded = config::load_leniently(load_request(context.common));
  const auto checks = examine(loaded, options.bake);
  const Exit found = show_checks(context, checks, "healthy");
  if (options.bundle.empty()) return found;
  const Exit written =
      write_bundle(context, loaded, core::dump_json_pretty(document_of(checks, "healthy")), options.bundle);
  return written == Exit::ok ? found : written;
}

}  // namespace

std::string_view name_of(Finding finding) {
  return finding == Finding::ok ? "ok" : finding == Finding::warn ? "warn" : "fail";
}

Exit show_checks(Context& context, const std::vector<CheckResult>& checks, const char* verdict) {
  Table table{{{"CHECK"}, {""}, {"SEEN"}}, {}, ""};
  for (const auto& check : checks) {
    const std::string advice = check.advice.empty() ? "" : "; " + check.advice;
    table.rows.push_back(
        {check.name, {std::string(name_of(check.finding)), tone_of(check.finding)}, check.what + advice});
  }
  context.out.result(document_of(checks, verdict), table);
  return well(checks) ? Exit::ok : Exit::failed;
}

Command doctor_command() {
  return {
      .path = "doctor",
      .summary = "Examine this machine: what works, what does not, and what to do about it",
      .details =
          "Looks, and changes nothing. With --bake only at what can be known in an image, before there is an "
          "instance.\n"
          "With --bundle it also packs status, settings, hooks, recent records, journals, unit states and versions\n"
          "for a ticket, without secrets. A part that takes longer than 10 s is noted in its README.txt.\n"
          "Exit 0 when nothing fails (warnings do not count), else 1.",
      .declare = with_options<DoctorOptions>(
          [](Arguments& arguments, DoctorOptions& options) {
            arguments.flag("--bake", options.bake, "In an image build: no network, no running agent");
            arguments.text("--bundle", "FILE.tar.gz", options.bundle, "Also pack all of it for a ticket");
          },
          doctor)};
}

}  // namespace preemptd::cli
