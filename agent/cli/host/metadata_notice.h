#pragma once
#include <memory>
#include <optional>

#include "config/config.h"
#include "core/clock.h"
#include "core/result.h"

namespace preemptd::cli {

/// The metadata service asked by a command itself, for a machine where no agent does. One thread.
class MetadataNotice {
 public:
  static core::Result<MetadataNotice> open(const config::Metadata& settings);
  MetadataNotice(MetadataNotice&&) noexcept;
  MetadataNotice& operator=(MetadataNotice&&) noexcept;
  ~MetadataNotice();

  struct Termination {
    core::WallTime at{};      ///< as the cloud says it
    core::Deadline deadline;  ///< on the clock of this boot, with this machine's clock error taken out
  };
  /// Nothing: nobody takes the instance back. An answer that is no time is bad_reply: it says neither.
  core::Result<std::optional<Termination>> ask();

 private:
  struct Parts;
  explicit MetadataNotice(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace preemptd::cli
