#pragma once
#include <string>
#include <utility>
#include <vector>

#include "report/sink.h"

namespace preemptd::report {

/// Runs a program for every event: the CloudEvent as JSON on its standard input, output thrown away, the environment
/// PATH, LANG and PREEMPT_EVENT_TYPE, PREEMPT_EVENT_ID. It runs as whoever preemptd runs as, in preemptd's sandbox.
/// Exit status 0: delivered; 75: try again; any other: this event will not be taken. At the end of its time its whole
/// session is killed, and it is tried again.
class ExecSink final : public Sink {
 public:
  /// `command` is a program's absolute path and its arguments.
  explicit ExecSink(std::vector<std::string> command) : command_(std::move(command)) {}
  DeliveryOutcome deliver(const Delivery& delivery) override;

 private:
  std::vector<std::string> command_;
};

}  // namespace preemptd::report
