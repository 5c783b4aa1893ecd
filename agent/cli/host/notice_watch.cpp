#include "cli/host/notice_watch.h"

#include <algorithm>
#include <utility>

#include "cli/host/agent_at_work.h"
#include "cli/host/notice_now.h"

namespace preemptd::cli {

std::optional<PendingEnd> MetadataWatch::look() {
  constexpr core::Millis kLeast = core::Seconds(1);
  const auto now = core::BootClock::now();
  if (next_ && now < *next_) return last_;
  next_ = now + std::max(config_.metadata.interval, kLeast);
  const auto status = read_status(config_.paths.run);
  if (status && is_running(*status)) {
    last_.reset();
  } else {
    say_once();
    ask();
  }
  return last_;
}

void MetadataWatch::say_once() {
  if (!std::exchange(said_, true)) out_.note("preemptd does not run here: asking the metadata service");
}

void MetadataWatch::ask() {
  if (!metadata_) {
    auto opened = MetadataNotice::open(config_.metadata);
    if (!opened) return;
    metadata_.emplace(std::move(*opened));
  }
  const auto answer = metadata_->ask();
  if (!answer) {
    if (!std::exchange(warned_, true)) out_.warning(core::describe(answer.error()));
    return;
  }
  answered_ = true;
  warned_ = false;
  last_ = *answer ? std::optional(PendingEnd{"", (*answer)->at, (*answer)->deadline}) : std::nullopt;
}

std::optional<PendingEnd> NoticeWatch::look() {
  const auto notice = published_notice(config_.paths.run);
  if (!notice && !std::exchange(warned_, true)) out_.warning(core::describe(with_remedy(notice.error())));
  if (notice && *notice && (*notice)->state == core::NoticeState::pending)
    return PendingEnd{(*notice)->id, (*notice)->termination_time, deadline_of(**notice)};
  return metadata_.look();
}

}  // namespace preemptd::cli
