#pragma once
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/config.h"
#include "core/result.h"

namespace preemptd::config {

inline constexpr const char* kDefaultFile = "/etc/preemptd/preemptd.toml";

struct LoadRequest {
  std::string file;               ///< "" = kDefaultFile, which may be missing; a file named here must be there
  std::vector<std::string> sets;  ///< "section.key=value", as given to --set; later ones win
  std::vector<std::pair<std::string, std::string>> environment;  ///< name, value; only PREEMPTD_… names are looked at
};

/// Where a value came from: "default", "/etc/preemptd/preemptd.toml:12:3", "environment PREEMPTD_LOG_LEVEL", "--set".
/// Keyed by full_name(); a key that is not there has its default.
using Origins = std::map<std::string, std::string>;

struct Loaded {
  Config config;
  Origins origins;
  std::set<std::string> refused;      ///< full_name() of what was set to something wrong; it has its default
  std::vector<std::string> files;     ///< read, in this order
  std::vector<std::string> warnings;  ///< complete lines for a person
  std::vector<core::Error> problems;  ///< load() fails when there are any; each says what and where
};

/// Lays flag > environment > conf.d > file > default over each other. conf.d is the folder of that name beside the
/// file; its *.toml files are read in byte order, and any other file there is named in a warning. All problems are
/// collected, and each costs only the key or file it is about: so that a drain can run with whatever of the
/// configuration is right. Reads files, nothing else; thread-safe.
Loaded load_leniently(const LoadRequest& request);

/// The same, but any problem is a failure: bad_input with the first one's sentence, how many more there are, and its
/// place. For a reload and `preemptd --check`; `preemptctl config check` prints all the problems of load_leniently.
core::Result<Loaded> load(const LoadRequest& request);

/// This process's environment, as LoadRequest wants it. Not safe beside setenv.
std::vector<std::pair<std::string, std::string>> environment_of_process();

/// What `preemptctl config show` prints.
struct Shown {
  std::string key;     ///< full_name()
  std::string value;   ///< as TOML; addresses cut down to what is no secret; "" for an option that is not set
  std::string origin;  ///< as in Origins
};
std::vector<Shown> show(const Loaded& loaded);

}  // namespace preemptd::config
