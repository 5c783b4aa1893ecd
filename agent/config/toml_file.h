#pragma once
#include <string>
#include <vector>

#include "config/keys.h"
#include "core/result.h"

/// One configuration file as a flat list of what it says. The only place that knows TOML.
namespace preemptd::config {

inline constexpr std::size_t kFileLimit = 1024 * 1024;

struct Entry {
  std::string name;
  Value value;
  std::string where;  ///< file:line:column
};

struct Section {
  std::string name;      ///< "metadata", "hook", "sink"; "" holds the keys before any section
  std::string instance;  ///< NAME of [hook.NAME] and [sink.NAME], else ""
  std::string where;
  std::vector<Entry> entries;
};

struct TomlFile {
  std::vector<Section> sections;      ///< by name, as are their entries
  std::vector<core::Error> problems;  ///< a key right below [hook] or [sink], where only NAMEs are
};

/// bad_input for text that is not TOML, with the place in `where`.
core::Result<TomlFile> parse_toml(std::string_view text, const std::string& file);

/// The text of a file that may be trusted: a regular file of root or of this process's user, that nobody else can
/// write, of at most kFileLimit bytes. Symbolic links are followed. Nothing: there is no such file.
core::Result<std::optional<std::string>> read_trusted_file(const std::string& path);

}  // namespace preemptd::config
