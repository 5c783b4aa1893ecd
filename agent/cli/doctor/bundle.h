#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cli/command/command.h"
#include "config/load.h"
#include "core/clock.h"
#include "report/sinks/redactor.h"

/// What `preemptctl doctor --bundle` packs for a ticket.
namespace preemptd::cli {

/// One file of a bundle.
struct BundlePart {
  std::string file;                                    ///< "journal.txt", "records/ID/record.json"
  std::function<core::Result<std::string>()> collect;  ///< called in a process of its own
};

struct BundleLimits {
  std::size_t part_bytes = 1 << 20;    ///< of one part; the last bytes are kept, from the start of a line
  std::size_t whole_bytes = 16 << 20;  ///< of all parts together; those after it are left out, and noted
  core::Millis part_time = core::Seconds(10);
  core::Millis whole_time = core::Seconds(60);
};

struct Bundle {
  std::vector<std::pair<std::string, std::string>> files;  ///< name, content without secrets
  std::vector<std::string> notes;                          ///< what is not in it or was cut, and why, without secrets
};

/// Runs the parts one after the other. A part that fails or does not answer in time is a note, and the others go on.
Bundle collect_bundle(const std::vector<BundlePart>& parts, const report::Redactor& redactor,
                      const BundleLimits& limits);

/// Everything about this machine: status, configuration, hooks, records, journals, units, versions. `checks` is the
/// document of `preemptctl doctor`.
std::vector<BundlePart> bundle_parts(const config::Loaded& loaded, const Common& common, const std::string& checks);

/// What must not be in a bundle: what the files of sinks hold, secret parts of addresses, values of `environment` and
/// of the hooks' settings files whose names say secret, token, password or key. What cannot be read is added to
/// `notes`.
report::Redactor secrets_of(const config::Config& config, const std::vector<std::string>& environment,
                            const std::string& hook_settings_folder, std::vector<std::string>& notes);

/// Collects, packs with tar(1) and writes `file` (mode 0600). What went wrong is said on `context.out`.
Exit write_bundle(Context& context, const config::Loaded& loaded, const std::string& checks, const std::string& file);

}  // namespace preemptd::cli
