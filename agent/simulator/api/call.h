#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "simulator/api/api_error.h"
#include "simulator/cloud/cloud_clock.h"
#include "simulator/cloud/keyring.h"
#include "simulator/http/percent.h"

namespace preemptd::simulator {

enum class Format { json, xml };

/// One request to the API with its transport peeled off.
struct ActionCall {
  std::string action;
  std::string version;
  Parameters parameters;  ///< the action's own; common and signature parameters are gone
  Format format = Format::json;
  const AccessKey* caller = nullptr;  ///< null: an action that needs no signature
  Moment moment;
};

/// Reads a call's parameters by type. The first that is missing or malformed is kept as error(), and reading goes on,
/// so that a handler asks once, when it has read everything.
class ParameterReader {
 public:
  explicit ParameterReader(const ActionCall& call) : call_(call) {}

  bool has(const std::string& name) const;
  std::string text(const std::string& name, std::string_view otherwise = "") const;
  std::string required(const std::string& name);
  bool flag(const std::string& name, bool otherwise = false);
  std::int64_t integer(const std::string& name, std::int64_t otherwise, std::int64_t least, std::int64_t most);
  std::optional<double> number(const std::string& name);
  /// One of `words` (as it is spelt there), compared without regard to case.
  std::string word(const std::string& name, const std::vector<std::string>& words, std::string_view otherwise,
                   std::string code = "InvalidParameter");
  std::optional<core::WallTime> time(const std::string& name, std::string code = "InvalidParameter");

  /// Name.1, Name.2, …; gaps are skipped. Empty when the first is missing.
  std::vector<std::string> list(const std::string& name, std::size_t most = 100);
  /// A JSON array in one string. Nothing: the parameter is absent.
  std::optional<std::vector<std::string>> json_list(const std::string& name, std::size_t most = 100);
  /// Values between commas. Nothing: the parameter is absent.
  std::optional<std::vector<std::string>> comma_list(const std::string& name) const;
  /// The numbers N for which some parameter `name.N` or `name.N.…` was sent, in order.
  std::vector<int> indices(const std::string& name) const;

  void refuse(tl::unexpected<ApiError> error);
  const std::optional<ApiError>& error() const { return error_; }

 private:
  const ActionCall& call_;
  std::optional<ApiError> error_;
};

}  // namespace preemptd::simulator
