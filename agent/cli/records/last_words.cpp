#include "cli/records/last_words.h"

#include "core/text.h"
#include "node/drain_result.h"

namespace preemptd::cli {
namespace {

constexpr std::size_t kLines = 10;

/// A stream of the last attempt; empty where it is not on the disk.
std::string kept(const drain::HookRecord& hook, const std::string& folder, const char* stream) {
  if (folder.empty()) return "";
  const auto text = drain::read_output(folder, hook.plan.hook.name, drain::HookEvent::drain, hook.attempts, stream);
  return text && *text ? **text : "";
}

std::string said_last(const drain::HookRecord& hook, const std::string& folder) {
  for (const auto& text : {kept(hook, folder, "err"), hook.err.tail, kept(hook, folder, "out"), hook.out.tail})
    if (!core::trim(text).empty()) return text;
  return "";
}

}  // namespace

std::vector<std::string> last_lines(const std::string& text, std::size_t most) {
  std::string whole = text;
  for (auto at = whole.find("\\n"); at != std::string::npos; at = whole.find("\\n", at + 1)) whole.replace(at, 2, "\n");
  const auto lines = core::split(core::trim(whole), '\n');
  std::vector<std::string> last;
  for (std::size_t i = lines.size() > most ? lines.size() - most : 0; i < lines.size(); ++i)
    last.push_back(core::printable(lines[i], 500));
  return last;
}

void show_last_words(Output& out, const drain::Record& record, const std::string& folder) {
  for (const auto& hook : record.hooks) {
    if (!hook.outcome || node::went_well(*hook.outcome)) continue;
    const std::string said = said_last(hook, folder);
    if (said.empty()) continue;
    out.line();
    out.line(out.paint(Tone::strong, core::printable(hook.plan.hook.name, 120) + " wrote last:"));
    for (const auto& line : last_lines(said, kLines)) out.line("  " + line);
  }
}

}  // namespace preemptd::cli
