#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/config.h"
#include "core/result.h"

/// Every key an operator can set, described once. Parsing, `preemptctl config show`, the sample file, the manual page
/// and docs/reference/configuration.md all come from this table or are checked against it.
namespace preemptd::config {

/// Where a value lives in a Config; its type decides how the value is written in TOML, in flags and in the environment.
using Slot =
    std::variant<std::string*, bool*, int*, Millis*, StartDrain*, std::vector<std::string>*, std::optional<Millis>*,
                 std::optional<bool>*, std::optional<std::string>*, std::optional<std::vector<std::string>>*>;

/// A value as some source gave it, before it is known to fit. Other: a TOML type no key takes (a date, a table…).
struct Other {
  std::string type;
};
using Value = std::variant<std::string, bool, std::int64_t, std::vector<std::string>, Other>;

/// How to reach the slot from the struct it is a member of.
using Access = std::variant<Slot (*)(Config&), Slot (*)(HookOptions&), Slot (*)(Sink&)>;

/// What a text must look like; choices are checked apart.
enum class Form { any, absolute_path, url, name };

struct Key {
  std::string_view section;  ///< "metadata"; "hook" and "sink" stand for [hook.NAME] and [sink.NAME]
  std::string_view name;
  std::string_view help;       ///< one or two sentences, for the sample, the manual and `config show`
  std::string_view example{};  ///< as TOML, where the default says nothing to a reader; else ""
  Access access;
  Form form = Form::any;
  Millis least{0};                          ///< durations only
  Millis most{0};                           ///< durations only; 0: the longest parse_duration knows
  int least_number = 0;                     ///< whole numbers only
  int most_number = 0;                      ///< whole numbers only
  std::vector<std::string_view> choices{};  ///< texts: one of these; lists: each one of these; empty: any
  bool needed = false;                      ///< texts only: "" is a mistake
  std::string_view types{};                 ///< sinks: the types it means something for, blank-separated; "": all
};

/// In the order of the sample file: by section, the common ones first.
std::span<const Key> keys();
const Key* find_key(std::string_view section, std::string_view name);

/// Section names in the order of the sample.
std::vector<std::string> sections();
std::vector<std::string> names_in(std::string_view section);
/// One sentence on a section, for the sample and the reference pages.
std::string_view section_help(std::string_view section);

/// The types a [sink.NAME] can have.
std::span<const std::string_view> sink_types();

/// "a duration", "true or false", "one of: text, json": what the key takes, for messages and pages.
std::string kind_of(const Key& key);

/// Writes `value` into `slot`. bad_input, saying what is wrong and what would be right, when it does not fit the key;
/// then the slot is as before. An empty text always fits a key whose default is empty.
core::Result<void> assign(const Key& key, Slot slot, const Value& value);

/// Text from a flag or the environment, read by the key's own kind: 90s, true, 8, a comma-separated list, else as is.
Value value_from_text(const Key& key, std::string_view text);

/// As it would stand in a TOML file: "1s" in quotes, true, 8, ["a", "b"]. Nothing: an option that is not set.
std::optional<std::string> toml_text(const Slot& slot);

/// Where a key's value lives. The hook or sink called `instance` is added to `config` when it is not there yet.
Slot slot_in(Config& config, const Key& key, const std::string& instance);

/// "metadata.interval", "sink.ops.url", `hook."20-kubernetes.sh".timeout`.
std::string full_name(std::string_view section, std::string_view instance, std::string_view name);

}  // namespace preemptd::config
