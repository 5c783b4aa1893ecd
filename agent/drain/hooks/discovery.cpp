#include "drain/hooks/discovery.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <optional>
#include <utility>

#include "core/crc32c.h"
#include "core/duration.h"
#include "core/text.h"
#include "drain/hooks/hook_looks.h"
#include "drain/hooks/hook_options.h"
#include "sys/files.h"

namespace preemptd::drain {
namespace {

constexpr std::size_t kLongestName = 64;

bool letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// The number of a name's stage; nothing when it has none (or it is followed by something else than a dash).
std::optional<int> number_before_dash(std::string_view name) {
  int number = 0;
  const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (failed != std::errc{} || end == name.data() + name.size() || *end != '-') return std::nullopt;
  return number;
}

/// What was found, put beside what the operator said. Looks at nothing itself.
class Judge {
 public:
  explicit Judge(const Search& search) : search_(search) {}

  FoundHook judge(const std::string& folder, const std::string& name, const HookFacts* facts) const {
    FoundHook hook;
    hook.spec.name = name;
    hook.spec.path = folder + "/" + name;
    hook.spec.stage = stage_of(name);
    if (auto why = why_ignored(name); !why.empty()) return stands(std::move(hook), HookStatus::ignored, std::move(why));
    if (facts == nullptr) {
      std::string why = hook.spec.path + " was not looked at in time";
      return unknown(std::move(hook), std::move(why), FoundHook::Look::failed);
    }
    if (facts->kind == HookFacts::Kind::masked)
      return stands(std::move(hook), HookStatus::masked, "is switched off: empty, or a link to /dev/null");
    if (facts->kind == HookFacts::Kind::folder) return stands(std::move(hook), HookStatus::ignored, "is a folder");
    hook.spec.options = options_of(name, *facts, hook.warnings);
    if (auto mistake = stage_mistake(name); !mistake.empty()) hook.warnings.push_back(std::move(mistake));
    hook.real_gate_refuses = facts->safety.real_gate_refuses;
    if (facts->safety.failed) return unknown(std::move(hook), facts->safety.refused, FoundHook::Look::failed);
    hook.gone = facts->safety.gone;
    if (!facts->safety.safe()) return stands(std::move(hook), HookStatus::unsafe, facts->safety.refused);
    hook.digest = facts->digest;
    if (facts->obstacle.failed)
      return unknown(std::move(hook), facts->obstacle.why,
                     facts->obstacle.hangs ? FoundHook::Look::hangs : FoundHook::Look::failed);
    if (!facts->obstacle.why.empty()) return stands(std::move(hook), HookStatus::unrunnable, facts->obstacle.why);
    if (name.size() > kLongestName)
      return stands(std::move(hook), HookStatus::unrunnable,
                    "has a name of " + std::to_string(name.size()) + " bytes: rename it to 64 or less");
    return hook;
  }

  HookOptions options_of(const std::string& name, const HookFacts& facts, std::vector<std::string>& mistakes) const {
    HeaderSettings header = parse_header(facts.header);
    mistakes = std::move(header.mistakes);
    const auto own = search_.by_name.find(name);
    return merge_options(search_.defaults, header.settings,
                         own == search_.by_name.end() ? core::HookSettings{} : own->second, mistakes);
  }

 private:
  static FoundHook stands(FoundHook hook, HookStatus standing, std::string reason) {
    hook.standing = standing;
    hook.reason = std::move(reason);
    return hook;
  }
  static FoundHook unknown(FoundHook hook, std::string reason, FoundHook::Look look) {
    hook.look = look;
    return stands(std::move(hook), HookStatus::unrunnable, std::move(reason));
  }

  const Search& search_;
};

LookRequest look_request(const Search& search, const Judge& judge) {
  LookRequest request;
  request.folders = search.folders;
  request.gate = search.gate;
  request.limits = search.limits;
  request.wanted = [](const std::string& name) { return why_ignored(name).empty(); };
  request.user_of = [&judge](const std::string& name, const HookFacts& facts) {
    std::vector<std::string> mistakes;
    return judge.options_of(name, facts, mistakes).user;
  };
  return request;
}

/// A folder's hooks go to `accepted`; those of a refused one to the front of `found`, so that they mask and override
/// nothing of root's.
void take_folder(const std::string& folder, const FolderFacts& facts, const std::map<std::string, HookFacts>& hooks,
                 const Judge& judge, Discovery& found, std::vector<FoundHook>& accepted) {
  if (facts.state == FolderFacts::State::failed) found.unread.push_back({folder, facts.why});
  if (!facts.why.empty()) found.warnings.push_back(facts.why);
  if (facts.state != FolderFacts::State::listed || facts.names.empty()) return;
  if (!facts.gate.safe()) found.warnings.push_back("no hook of " + folder + " runs: " + facts.gate.refused);
  auto& target = facts.gate.safe() ? accepted : found.hooks;
  for (const auto& name : facts.names) {
    const auto hook = hooks.find(name);
    target.push_back(judge.judge(folder, name, hook == hooks.end() ? nullptr : &hook->second));
  }
}

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

/// A folder that is missing is no fault, but where all are, somebody may have misspelt one.
void warn_of_missing_folders(const Search& search, const LookResult& looks, Discovery& discovery) {
  const auto missing = [](const FolderFacts& facts) {
    return facts.state == FolderFacts::State::missing && facts.why.empty();
  };
  if (search.folders.empty() || !std::all_of(looks.folders.begin(), looks.folders.end(), missing)) return;
  discovery.warnings.push_back("no folder for hooks exists: " + core::printable(core::join(search.folders), 400));
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

std::string stage_mistake(std::string_view name) {
  const std::string_view number = name.substr(0, name.find_first_not_of("0123456789"));
  if (number.empty() || number_before_dash(name)) return {};
  std::string_view rest = name.substr(number.size());
  if (rest.starts_with('-')) return "its number is too large, so it is in stage 50: take one of 0 to 99";
  rest.remove_prefix(std::min(rest.find_first_not_of("_-. "), rest.size()));
  const std::string named = std::string(number) + "-" + (rest.empty() ? "NAME" : std::string(rest));
  return "its number is not followed by '-', so it is in stage 50: rename it to " + named;
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
  const LookResult looks = look_at_hooks(look_request(search, judge));
  for (std::size_t i = 0; i < search.folders.size(); ++i)
    take_folder(search.folders[i], looks.folders[i], looks.hooks[i], judge, found, accepted);
  found.hooks.insert(found.hooks.end(), std::make_move_iterator(accepted.begin()),
                     std::make_move_iterator(accepted.end()));
  warn_of_missing_folders(search, looks, found);
  mark_overridden(found.hooks);
  std::stable_sort(found.hooks.begin(), found.hooks.end(), runs_before);
  if (found.unread.empty()) warn_of_settings_without_hook(search, found);
  return found;
}

FoundHook look_at_hook(const Search& search, const std::string& path) {
  const Judge judge(search);
  LookRequest request = look_request(search, judge);
  const std::string folder = sys::folder_of(path), name = sys::name_in_folder(path);
  request.folders = {folder};
  request.only = name;
  const LookResult looks = look_at_hooks(request);
  const auto facts = looks.hooks[0].find(name);
  return judge.judge(folder, name, facts == looks.hooks[0].end() ? nullptr : &facts->second);
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
  return core::crc32c_digits(all);
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
