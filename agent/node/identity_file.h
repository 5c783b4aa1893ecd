#pragma once
#include <optional>
#include <string>

#include "core/notice.h"

/// `<run>/identity.json`: which instance this boot is, for whoever must know while metadata does not answer.
namespace preemptd::node {

/// A run folder that takes no write costs the file, nothing else.
void remember_identity(const std::string& run_folder, const std::string& boot_id, const core::Identity& identity);

/// Nothing: nobody has learned it in this boot (or `boot_id` is empty), or the file cannot be read.
std::optional<core::Identity> recall_identity(const std::string& run_folder, const std::string& boot_id);

}  // namespace preemptd::node
