#pragma once
#include <optional>

#include "core/notice.h"
#include "daemon/drains/drain_follower.h"
#include "drain/journal/record.h"
#include "report/outbox/reporter.h"
#include "sys/log/log.h"
#include "sys/loop.h"

namespace preemptd::daemon {

/// When a report must say how the drain stands, be it over or not: the deadline less the report's reserve, on
/// the boot clock. As the drainer reckons, once it has begun; `reserve` is for the time before.
core::BootTime last_word_at(const core::Notice& notice, const std::optional<drain::Record>& record,
                            core::Millis reserve);

/// Whatever hangs in a drain, the outside hears how it stands while there is still time to report it. Belongs to the
/// loop's thread; what it refers to outlives it.
class LastWord {
 public:
  LastWord(sys::Loop& loop, sys::Log& log, report::Reporter& reporter, const DrainFollower& follower)
      : loop_(loop), log_(log), reporter_(reporter), follower_(follower) {}

  /// The time that drain.report_reserve sets aside.
  void set_reserve(core::Millis reserve) { reserve_ = reserve; }
  /// For this notice, as it is now. One that is not pending needs no last word.
  void plan(const core::Notice& notice);
  /// Again, because the drain's journal may say something else now.
  void plan_again();

 private:
  bool wanted() const;
  void say();

  sys::Loop& loop_;
  sys::Log& log_;
  report::Reporter& reporter_;
  const DrainFollower& follower_;
  core::Millis reserve_{0};
  std::optional<core::Notice> notice_;
  sys::Loop::Handle timer_;
};

}  // namespace preemptd::daemon
