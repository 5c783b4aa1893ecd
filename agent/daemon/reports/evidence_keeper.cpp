#include "daemon/reports/evidence_keeper.h"

namespace preemptd::daemon {
namespace {

constexpr core::Millis kWriteAfter{1000};
/// The polls before a notice are known now, and a crash would take them along; but the drain's start comes first.
constexpr core::Millis kAtOnce{20};

}  // namespace

void EvidenceKeeper::follow(const core::Notice& notice) {
  if (notice.id == notice_id_) return write_soon();
  notice_id_ = notice.id;
  evidence_.deliveries.clear();
  polls_.hold();
  write_after(kAtOnce);
}

void EvidenceKeeper::delivered(const report::Note& note, core::WallTime now) {
  if (notice_id_.empty() || note.event_id.empty()) return;
  if (evidence_.deliveries.size() >= node::kMostDeliveries) evidence_.deliveries.erase(evidence_.deliveries.begin());
  evidence_.deliveries.push_back({now, note.sink, note.event_type, note.event_id,
                                  std::string(report::name_of(note.kind)), note.detail, note.took});
  write_soon();
}

void EvidenceKeeper::write_soon() {
  if (!notice_id_.empty() && !due_) write_after(kWriteAfter);
}

void EvidenceKeeper::write_after(core::Millis wait) {
  due_ = true;
  timer_ = loop_.after(wait, [this] {
    due_ = false;
    evidence_.polled = polls_.held();
    write_(notice_id_, evidence_);
  });
}

}  // namespace preemptd::daemon
