#include <unistd.h>

#include <cerrno>

#include "cli/command/checks.h"
#include "cli/host/bounded_call.h"
#include "core/text.h"
#include "drain/journal/record.h"
#include "sys/files.h"
#include "sys/look.h"

namespace preemptd::cli {
namespace {

using core::Result;

constexpr core::Millis kAnswersWithin = core::Seconds(5);
constexpr std::size_t kLongestList = 64 * 1024;

/// "HOOK<tab>PATH" for each path in the hook's list that is still there.
Result<void> add_leftovers(std::string& found, const std::string& hook, const std::string& list) {
  const auto text = sys::read_file(list, kLongestList);
  if (!text) return tl::unexpected(text.error());
  const std::string lines = text->value_or("");
  for (const auto line : core::split(lines, '\n')) {
    const std::string path(core::trim(line));
    if (!path.starts_with('/')) continue;
    if (::access(path.c_str(), F_OK) == 0 || errno != ENOENT) found += hook + "\t" + path + "\n";
  }
  return {};
}

Result<std::string> leftovers_in(const std::string& state_folder) {
  const auto drains = drain::list_drains(state_folder);
  if (!drains) return tl::unexpected(drains.error());
  std::string found;
  for (const auto& drain : *drains) {
    const std::string folder = drain::drain_folder(state_folder, drain) + "/hooks";
    std::vector<std::string> hooks;
    const int error = sys::look_list(folder.c_str(), hooks);
    if (error != 0 && !sys::is_missing(error)) return core::fail_errno(error, "cannot be listed", folder);
    for (const auto& hook : hooks)
      if (auto added = add_leftovers(found, hook, folder + "/" + hook + "/outside"); !added)
        return tl::unexpected(added.error());
  }
  return found;
}

}  // namespace

std::vector<CheckResult> check_leftovers(const config::Config& config) {
  const auto found =
      result_in_time([&] { return leftovers_in(config.paths.state); }, core::Deadline::in(kAnswersWithin));
  if (!found)
    return {{"leftovers", Finding::warn,
             "what hooks left on this machine is not known: " + core::describe(found.error()), "run this as root"}};
  std::vector<CheckResult> checks;
  for (const auto line : core::split(*found, '\n')) {
    const auto tab = line.find('\t');
    if (tab == line.npos) continue;
    const std::string path = core::printable(line.substr(tab + 1), 300);
    checks.push_back({"leftovers", Finding::fail,
                      core::printable(line.substr(0, tab), 80) + " left " + path + ", which would go into the image",
                      "preemptctl undo, or remove it"});
  }
  if (checks.empty())
    checks.push_back({"leftovers", Finding::ok, "no drain left anything outside its state folder", ""});
  return checks;
}

}  // namespace preemptd::cli
