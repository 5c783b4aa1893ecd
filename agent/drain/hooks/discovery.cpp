#include "drain/hooks/discovery.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "core/crc32c.h"
#include "core/duration.h"
#include "core/text.h"
#include "drain/hooks/hook_options.h"
#include "drain/hooks/runnable.h"
#include "sys/fd.h"

namespace preemptd::drain {
namespace {

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kDigested = 64 * 1024;

bool letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string hex(std::uint32_t value) {
  std::array<char, 9> text{};
  std::snprintf(text.data(), text.size(), "%08x", value);
  return text.data();
}

/// Names in a folder; nothing when it does not exist.
std::vector<std::string> names_in(const std::string& folder, std::vector<std::string>& warnings) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(folder.c_str()), ::closedir);
  if (!stream) {
    if (errno != ENOENT) warnings.push_back(core::describe(core::fail_errno(errno, "cannot be read", folder).value()));
    return {};
  }
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  return names;
}

/// A link to /dev/null, or a file with nothing in it.
bool is_mask(const std::string& path, const struct stat& status) {
  if (S_ISCHR(status.st_mode)) {
    std::array<char, 16> target{};
    return ::readlink(path.c_str(), target.data(), target.size() - 1) > 0 &&
           std::string_view(target.data()) == "/dev/null";
  }
  return S_ISREG(status.st_mode) && status.st_size == 0;
}

/// The number of a name's stage; nothing when it has none (or it is followed by something else than a dash).
std::optional<int> number_before_dash(std::string_view name) {
  int number = 0;
  const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (failed != std::errc{} || end == name.data() + name.size() || *end != '-') return std::nullopt;
  return number;
}

/// Enough of a file for its options and for telling one version from another, in bounded memory.
struct Beginning {
  std::string bytes;
  std::string digest;  ///< of the file's first 64 KiB and its size
};
/// `buffer` is used again for every file.
Beginning beginning_of(const sys::Fd& fd, std::string& buffer) {
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) return {};
  buffer.resize(kDigested);
  const auto got = ::pread(fd.get(), buffer.data(), buffer.size(), 0);
  buffer.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  std::string bytes = buffer.substr(0, kHeaderLimit);
  buffer += std::to_string(status.st_size);
  return {std::move(bytes), hex(core::crc32c(buffer))};
}

class Judge {
 public:
  explicit Judge(const Search& search) : search_(search) {}

  FoundHook judge(const std::string& folder, const SafeFolder& gate, const std::string& name) const {
    FoundHook hook;
    hook.spec.name = name;
    hook.spec.path = folder + "/" + name;
    hook.spec.stage = stage_of(name);
    if (auto why = why_ignored(name); !why.empty()) return stands(std::move(hook), HookStatus::ignored, std::move(why));
    struct stat status {};
    const bool there = ::stat(hook.spec.path.c_str(), &status) == 0;
    if (there && is_mask(hook.spec.path, status))
      return stands(std::move(hook), HookStatus::masked, "is switched off: empty, or a link to /dev/null");
    if (there && S_ISDIR(status.st_mode)) return stands(std::move(hook), HookStatus::ignored, "is a folder");
    const Safety safety = gate.judge(name);
    hook.real_gate_refuses = safety.real_gate_refuses;
    if (!safety.safe()) return stands(std::move(hook), HookStatus::unsafe, safety.refused);
    const sys::Fd file = open_hook(hook.spec.path);
    read_options(hook, file);
    if (auto why = why_not_runnable(hook.spec.path, file); !why.empty())
      return stands(std::move(hook), HookStatus::unrunnable, hook.spec.path + " " + why);
    return hook;
  }

 private:
  static FoundHook stands(FoundHook hook, HookStatus standing, std::string reason) {
    hook.standing = standing;
    hook.reason = std::move(reason);
    return hook;
  }

  void read_options(FoundHook& hook, const sys::Fd& file) const {
    const Beginning beginning = beginning_of(file, buffer_);
    hook.digest = beginning.digest;
    HeaderSettings header;
    if (beginning.bytes.starts_with("#!")) header = parse_header(beginning.bytes);
    hook.warnings = std::move(header.mistakes);
    const auto own = search_.by_name.find(hook.spec.name);
    hook.spec.options = merge_options(search_.defaults, header.settings,
                                      own == search_.by_name.end() ? core::HookSettings{} : own->second, hook.warnings);
  }

  const Search& search_;
  mutable std::string buffer_;
};

bool runs_before(const FoundHook& a, const FoundHook& b) {
  return std::pair(a.spec.stage, std::string_view(a.spec.name)) <
         std::pair(b.spec.stage, std::string_view(b.spec.name));
}

/// Of equal names the last counts, whatever it is.
void mark_overridden(std::vector<FoundHook>& hooks) {
  std::map<std::string, std::string> winners;
  for (auto hook = hooks.rbegin(); hook != hooks.rend(); ++hook) {
    if (hook->standing == HookStatus::ignored) continue;
    const auto [winner, first] = winners.emplace(hook->spec.name, hook->spec.path);
    if (first) continue;
    hook->standing = HookStatus::overridden;
    hook->reason = "is overridden by " + winner->second;
  }
}

void warn_of_settings_without_hook(const Search& search, Discovery& discovery) {
  std::vector<std::string> names;
  for (const auto& hook : discovery.hooks) names.push_back(hook.spec.name);
  for (const auto& [name, settings] : search.by_name) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const auto close = core::nearest(name, names);
    discovery.warnings.push_back("there are settings for the hook '" + core::printable(name, 100) +
                                 "', but no such hook" + (close ? "; did you mean " + *close + "?" : ""));
  }
}

}  // namespace

std::string_view name_of(HookStatus standing) {
  switch (standing) {
    case HookStatus::runs: return "runs";
    case HookStatus::masked: return "masked";
    case HookStatus::overridden: return "overridden";
    case HookStatus::ignored: return "ignored";
    case HookStatus::unsafe: return "unsafe";
    case HookStatus::unrunnable: return "unrunnable";
  }
  return "unknown";
}

int stage_of(std::string_view name) {
  return number_before_dash(name).value_or(50);
}

std::string why_ignored(std::string_view name) {
  static constexpr std::array<std::string_view, 13> kLeftovers{
      ".bak", ".orig", ".rej", ".swp", ".disabled", ".old", ".new", ".tmp", ".sample", ",v", ".save", ".md", ".txt"};
  static constexpr std::array<std::string_view, 5> kExtensions{".sh", ".py", ".pl", ".rb", ".bash"};
  if (name.starts_with('.')) return "starts with a dot";
  if (name.ends_with('~')) return "is an editor's backup";
  for (const std::string_view mark : {".dpkg-", ".rpm", ".ucf-", ".pac"})
    if (name.find(mark) != std::string_view::npos) return "is a package manager's leftover";
  for (const auto ending : kLeftovers)
    if (name.ends_with(ending)) return "ends in " + std::string(ending) + ", like a leftover or a document";
  if (name.size() > kLongestName) return "is longer than 64 bytes";
  std::string_view stem = name;
  for (const auto extension : kExtensions)
    if (name.ends_with(extension)) stem.remove_suffix(std::min(extension.size(), stem.size()));
  const auto plain = [](char c) { return letter_or_digit(c) || c == '_' || c == '-'; };
  const auto bad = std::find_if_not(stem.begin(), stem.end(), plain);
  if (stem.empty() || !letter_or_digit(stem.front())) return "does not begin with a letter or digit";
  if (bad == stem.end()) return {};
  if (*bad == '.') return "has an extension that is none of .sh .bash .py .pl .rb";
  return "has a character that is no letter, digit, dash or underscore";
}

Discovery discover(const Search& search) {
  Discovery found;
  std::vector<FoundHook> accepted;
  const Judge judge(search);
  for (const auto& folder : search.folders) {
    auto names = names_in(folder, found.warnings);
    if (names.empty()) continue;
    const SafeFolder gate(folder, search.gate);
    if (!gate.judgement().safe())
      found.warnings.push_back("no hook of " + folder + " runs: " + gate.judgement().refused);
    // What is found in a refused folder comes before everything else, so that it masks and overrides nothing of root's.
    auto& hooks = gate.judgement().safe() ? accepted : found.hooks;
    for (const auto& name : names) hooks.push_back(judge.judge(folder, gate, name));
  }
  found.hooks.insert(found.hooks.end(), std::make_move_iterator(accepted.begin()),
                     std::make_move_iterator(accepted.end()));
  mark_overridden(found.hooks);
  std::stable_sort(found.hooks.begin(), found.hooks.end(), runs_before);
  warn_of_settings_without_hook(search, found);
  return found;
}

std::vector<HookSpec> Discovery::runnable() const {
  std::vector<HookSpec> specs;
  for (const auto& hook : hooks)
    if (hook.standing == HookStatus::runs) specs.push_back(hook.spec);
  return specs;
}

std::vector<HookSpec> Discovery::called_on_drain() const {
  std::vector<HookSpec> specs = runnable();
  std::erase_if(specs, [](const HookSpec& spec) { return !spec.options.on_drain; });
  return specs;
}

std::string Discovery::digest() const {
  std::string all;
  for (const auto& hook : hooks) {
    if (hook.standing != HookStatus::runs) continue;
    const HookOptions& o = hook.spec.options;
    all += hook.spec.path + "\n" + hook.digest + "\n";
    for (const auto& limit : {o.timeout, o.reserve, std::optional(o.grace)})
      all += limit ? core::format_duration(*limit) + "\n" : "-\n";
    all += o.user + (o.repeatable ? "r" : "-") + (o.on_drain ? "d" : "-") + (o.on_undo ? "u" : "-") +
           (o.late ? "l" : "-") + std::string(name_of(o.importance)) + "\n";
  }
  return hex(core::crc32c(all));
}

std::vector<std::string> lint(const FoundHook& hook) {
  std::vector<std::string> remarks = hook.warnings;
  if (hook.standing != HookStatus::runs) return remarks;
  const HookOptions& options = hook.spec.options;
  if (!options.timeout && !options.reserve)
    remarks.emplace_back(
        "has no limits: a line '# preemptd: timeout=60s reserve=20s' lets the plan know what it needs");
  if (!options.user.empty() && options.user == "root") remarks.emplace_back("user=root is what it runs as anyway");
  return remarks;
}

}  // namespace preemptd::drain
