#pragma once
#include <cstdint>
#include <deque>
#include <string>

#include "core/clock.h"
#include "core/json.h"
#include "simulator/http/percent.h"

namespace preemptd::simulator {

/// One request to the metadata service or the API. Holds no secret: of a call's parameters only the action's own,
/// shortened.
struct LoggedRequest {
  std::uint64_t number = 0;
  core::WallTime at{};
  std::string target;
  std::string method;
  std::string path;
  std::string action;  ///< the API's action; empty for metadata
  int status = 0;      ///< 0: no answer was given (hang, reset)
  std::string code;    ///< the API's error code
  std::string fault;   ///< the kind of fault it met
  std::uint64_t connection = 0;
  bool token = false;  ///< metadata: a session token was shown
  Parameters parameters;
};

/// The last 20,000 requests, oldest first.
class RequestLog {
 public:
  void add(LoggedRequest request);
  /// Those after `since`, at most `limit` of them, and only for `target` unless it is empty.
  core::Json to_json(std::uint64_t since, std::size_t limit, const std::string& target) const;
  void clear() { kept_.clear(); }

 private:
  std::deque<LoggedRequest> kept_;
  std::uint64_t count_ = 0;
};

/// What may be shown of a call's parameters: passwords are hidden, long values cut.
Parameters showable(const Parameters& parameters);

}  // namespace preemptd::simulator
