#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command/commands.h"
#include "cli/command/settings.h"
#include "cli/host/interruptible_wait.h"
#include "cli/host/notice_now.h"
#include "cli/host/notice_watch.h"
#include "core/utc.h"
#include "sys/folder_follower.h"

namespace preemptd::cli {
namespace {

using core::Millis;

struct AwaitOptions {
  std::optional<Millis> before;
  std::optional<Millis> timeout;
};

/// Looks whenever something in the run folder changes, and every so often where inotify cannot help (no such folder
/// yet).
class NoticeWait {
 public:
  NoticeWait(InterruptibleWait& patience, Output& out, const config::Config& config, std::optional<Millis> before)
      : patience_(patience), run_folder_(config.paths.run), before_(before), without_agent_(out, config) {}

  bool until(core::Deadline by) {
    return patience_.until(
        by, [this] { return look(); }, kLookEvery);
  }
  /// After until(): nothing when time ran out, or no source answers.
  const std::optional<PendingEnd>& found() const { return found_; }
  bool hopeless() const { return without_agent_.hopeless(); }

 private:
  static constexpr Millis kLookEvery{200};

  bool look() {
    if (!follower_) follow();
    if (std::exchange(changed_, false) || !follower_) read();
    if (notice_ && notice_->state == core::NoticeState::pending) {
      found_ = PendingEnd{notice_->id, notice_->termination_time, deadline_of(*notice_)};
    } else {
      found_ = without_agent_.look();
      if (without_agent_.hopeless()) return true;
    }
    return found_ && (!before_ || found_->deadline.left(core::BootClock::now()) <= *before_);
  }
  void follow() {
    auto follower = sys::FolderFollower::open(patience_.loop(), run_folder_, [this](auto change, const std::string&) {
      changed_ = true;
      if (change == sys::FolderFollower::Change::gone) follower_.reset();
    });
    if (!follower) return;
    follower_ = std::move(*follower);
    changed_ = true;
  }
  void read() {
    auto now = published_notice(run_folder_);
    if (now) notice_ = std::move(*now);
  }

  InterruptibleWait& patience_;
  std::string run_folder_;
  std::optional<Millis> before_;
  std::unique_ptr<sys::FolderFollower> follower_;
  std::optional<core::Notice> notice_;
  std::optional<PendingEnd> found_;
  MetadataWatch without_agent_;
  bool changed_ = true;
};

Exit await(Context& context, const AwaitOptions& options) {
  auto patience = InterruptibleWait::open();
  if (!patience) {
    context.out.error(patience.error());
    return Exit::failed;
  }
  const auto config = load_settings(context).config;
  NoticeWait wait(*patience, context.out, config, options.before);
  const Millis longest = options.timeout.value_or(std::chrono::hours(24 * 3650));
  if (!wait.until(core::Deadline::after(core::BootClock::now(), longest))) {
    if (!patience->interrupted()) context.out.note("no notice within the time given");
    return patience->interrupted() ? Exit::failed : Exit::timed_out;
  }
  if (wait.hopeless()) {
    context.out.problem({"no source for a notice: preemptd does not run, and the metadata service does not answer",
                         "unreachable",
                         "",
                         "",
                         {"start preemptd: systemctl start preemptd"}});
    return Exit::failed;
  }
  const auto& notice = *wait.found();
  const auto left = notice.deadline.left(core::BootClock::now());
  if (!context.out.for_people()) {
    auto shown = context.out.document(
        {{"id", notice.id}, {"termination_time", core::format_utc(notice.at)}, {"seconds_left", left.count() / 1000}});
    return shown ? Exit::ok : Exit::failed;
  }
  context.out.line("this instance goes at " + core::format_utc(notice.at) + ", " + spoken(left.count()) + " left");
  return Exit::ok;
}

}  // namespace

Command await_command() {
  return {
      .path = "await",
      .summary = "Wait until the cloud takes this instance back",
      .details =
          "Returns when a notice is there, or, with --before, that long before its end. One line makes any job runner\n"
          "aware of it:  (preemptctl await && kill -TERM $job) &\n"
          "Exit 0 when it is time, 3 when --timeout ran out. Where preemptd does not run, the metadata service is\n"
          "asked instead; exit 1 at once when that does not answer, either.",
      .declare = with_options<AwaitOptions>(
          [](Arguments& arguments, AwaitOptions& options) {
            arguments.duration("--before", options.before, "Return this long before the end, not at the notice");
            arguments.duration("--timeout", options.timeout, "Give up after this long");
          },
          await)};
}

}  // namespace preemptd::cli
