#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "sys/loop.h"

namespace preemptd::report {

/// What a path shows.
struct Page {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};

/// Answers GET /metrics, /healthz and /status, and nothing else. Pages are made on the loop's thread, when they are
/// asked for; a loop that does not answer within two seconds is answered for with 503, so that /healthz also means that
/// the loop turns. Connections have threads of their own (two), short time limits, and cannot hold up the loop.
///
/// Belongs to the loop's thread. The destructor waits for answers on their way, two seconds at most.
class Listener {
 public:
  /// `address` is ADDRESS:PORT or [ADDRESS]:PORT; port 0 picks one. `render` runs on the loop's thread. bad_input: not
  /// such an address; local: it is taken, or not ours.
  static core::Result<std::unique_ptr<Listener>> open(sys::Loop& loop, const std::string& address,
                                                      std::function<Page(std::string_view path)> render);
  ~Listener();

  int port() const;

 private:
  struct Parts;
  explicit Listener(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace preemptd::report
