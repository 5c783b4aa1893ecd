#include "daemon/disk_jobs.h"

#include <utility>

#include "report/metrics/metrics.h"

namespace preemptd::daemon {

core::Result<std::unique_ptr<DiskJobs>> DiskJobs::open(sys::Loop& loop, FeatureFaults& faults,
                                                       OnRecord on_last_record) {
  std::unique_ptr<DiskJobs> jobs(new DiskJobs(faults));
  if (auto opened = jobs->open_boxes(loop, std::move(on_last_record)); !opened) return tl::unexpected(opened.error());
  return jobs;
}

core::Result<void> DiskJobs::open_boxes(sys::Loop& loop, OnRecord on_last_record) {
  const struct {
    std::unique_ptr<sys::Mailbox<Outcome>>& box;
    const char* feature;
  } boxes[] = {{notice_, "notice over a reboot"}, {metrics_, "metrics file"}, {evidence_, "evidence of the notice"}};
  for (const auto& [box, feature] : boxes) {
    auto opened = sys::Mailbox<Outcome>::open(loop, [this, name = feature](const Outcome& outcome) {
      faults_.set(name, outcome ? std::nullopt : std::optional(core::describe(outcome.error())));
    });
    if (!opened) return tl::unexpected(opened.error());
    box = std::move(*opened);
  }
  auto records = sys::Mailbox<std::optional<drain::Record>>::open(loop, std::move(on_last_record));
  if (!records) return tl::unexpected(records.error());
  records_ = std::move(*records);
  return {};
}

void DiskJobs::keep_notice(const NoticeFiles& files, const core::Notice& notice) {
  worker_.post([files, notice, box = notice_.get()] { box->post(files.keep(notice)); });
}

void DiskJobs::write_evidence(const std::string& state_folder, const std::string& notice_id, node::Evidence evidence) {
  worker_.post([state_folder, notice_id, evidence = std::move(evidence), box = evidence_.get()] {
    box->post(node::write_evidence(state_folder, notice_id, evidence));
  });
}

void DiskJobs::write_metrics(const std::string& path, std::string text) {
  worker_.post(
      [path, text = std::move(text), box = metrics_.get()] { box->post(report::write_metrics_file(path, text)); });
}

void DiskJobs::read_last_record(const std::string& state_folder) {
  worker_.post([state_folder, box = records_.get()] {
    const auto drains = drain::list_drains(state_folder);
    if (!drains || drains->empty()) return;
    auto record = drain::read_record(drain::drain_folder(state_folder, drains->front()));
    if (record) box->post(std::move(*record));
  });
}

}  // namespace preemptd::daemon
