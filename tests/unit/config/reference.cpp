#include "unit/config/reference.h"

#include "config/keys.h"

namespace preemptd::config {
namespace {

constexpr std::size_t kWidth = 100;

constexpr std::string_view kSampleHead =
    "# Settings of preemptd, preempt-drain and preemptctl. Every setting is shown, commented out, with its default or "
    "an\n"
    "# example; preemptd.toml(5) has more. A file in conf.d beside this one is stronger than this one, the "
    "environment\n"
    "# (PREEMPTD_SECTION_KEY) stronger still, and --set section.key=value the strongest.\n"
    "# After a change: preemptctl config check && systemctl reload preemptd\n";

bool takes_names(std::string_view section) {
  return section == "hook" || section == "sink";
}
/// Not for files.
bool is_shown(std::string_view section) {
  return section != "rehearsal";
}

std::string header_of(std::string_view section) {
  if (section == "hook") return "[hook.\"20-kubernetes\"]";
  if (section == "sink") return "[sink.ops]";
  return "[" + std::string(section) + "]";
}

std::string header_for_pages(std::string_view section) {
  return takes_names(section) ? "[" + std::string(section) + ".NAME]" : "[" + std::string(section) + "]";
}

/// What the key is without any source; "" for an option that is not set, and for an empty text or list.
std::string default_of(const Key& key) {
  Config config;
  const std::string text = toml_text(slot_in(config, key, "x")).value_or("");
  return text == "\"\"" || text == "[]" ? "" : text;
}

std::string capital(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::string as_comment(std::string_view text) {
  std::string out = "#";
  std::size_t width = 1;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto end = std::min(text.find(' ', at), text.size());
    const auto word = text.substr(at, end - at);
    if (width + 1 + word.size() > kWidth) {
      out += "\n#";
      width = 1;
    }
    out += " " + std::string(word);
    width += 1 + word.size();
    at = end + 1;
  }
  return out + "\n";
}

std::string sample_line(const Key& key) {
  const std::string value = key.example.empty() ? default_of(key) : std::string(key.example);
  std::string help = std::string(key.help) + " " + capital(kind_of(key)) + ".";
  if (!key.types.empty()) help += " Only for: " + std::string(key.types) + ".";
  return as_comment(help) + "#" + std::string(key.name) + " = " + value + "\n\n";
}

std::string code(std::string_view text) {
  return text.empty() ? "–" : "`" + std::string(text) + "`";
}

}  // namespace

std::string sample_text() {
  std::string text(kSampleHead);
  for (const auto& section : sections()) {
    if (!is_shown(section)) continue;
    text += "\n" + as_comment(section_help(section)) + (takes_names(section) ? "#" : "") + header_of(section) + "\n\n";
    for (const Key& key : keys()) {
      if (key.section == section) text += sample_line(key);
    }
  }
  text.pop_back();
  return text;
}

std::string reference_markdown() {
  std::string text;
  for (const auto& section : sections()) {
    if (!is_shown(section)) continue;
    text += "\n### `" + header_for_pages(section) + "`\n\n" + std::string(section_help(section)) + "\n\n";
    text += section == "sink" ? "| key | takes | default | for | meaning |\n|---|---|---|---|---|\n"
                              : "| key | takes | default | meaning |\n|---|---|---|---|\n";
    for (const Key& key : keys()) {
      if (key.section != section) continue;
      text += "| `" + std::string(key.name) + "` | " + kind_of(key) + " | " + code(default_of(key)) + " | ";
      if (section == "sink") text += (key.types.empty() ? "all" : std::string(key.types)) + " | ";
      text += std::string(key.help) + " |\n";
    }
  }
  return text + "\n";
}

std::string manual_markdown() {
  std::string text;
  for (const auto& section : sections()) {
    if (!is_shown(section)) continue;
    text += "\n## " + header_for_pages(section) + "\n\n" + std::string(section_help(section)) + "\n\n";
    for (const Key& key : keys()) {
      if (key.section != section) continue;
      const std::string value = default_of(key);
      text += "**" + std::string(key.name) + "**\n: " + std::string(key.help) + " Takes " + kind_of(key) + ".";
      if (!value.empty()) text += " Default: " + code(value) + ".";
      if (!key.types.empty()) text += " Only for the types " + std::string(key.types) + ".";
      text += "\n\n";
    }
  }
  return text;
}

std::string with_generated_part(std::string_view page, std::string_view part) {
  const auto begin = page.find(kMarkerBegin);
  const auto end = page.find(kMarkerEnd);
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return std::string(page);
  return std::string(page.substr(0, begin + kMarkerBegin.size())) + std::string(part) + std::string(page.substr(end));
}

}  // namespace preemptd::config
