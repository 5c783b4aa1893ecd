#include "report/outbox/reporter.h"

#include <algorithm>
#include <tuple>

#include "core/text.h"

namespace preemptd::report {
namespace {

using core::BootTime;
using core::Millis;
using core::Result;

/// Events put before the disk answered wait for it no longer than this.
constexpr Millis kOpenPatience = core::Seconds(2);

Note::Kind kind_of(DeliveryOutcome::Kind kind) {
  switch (kind) {
    case DeliveryOutcome::Kind::delivered: return Note::Kind::delivered;
    case DeliveryOutcome::Kind::retry: return Note::Kind::retrying;
    case DeliveryOutcome::Kind::permanent: return Note::Kind::refused;
    case DeliveryOutcome::Kind::gone: return Note::Kind::gone;
  }
  return Note::Kind::retrying;
}

}  // namespace

std::string_view name_of(Note::Kind kind) {
  switch (kind) {
    case Note::Kind::delivered: return "delivered";
    case Note::Kind::retrying: return "retrying";
    case Note::Kind::refused: return "refused";
    case Note::Kind::gone: return "gone";
    case Note::Kind::dropped: return "dropped";
    case Note::Kind::not_stored: return "not_stored";
    case Note::Kind::removed: return "removed";
    case Note::Kind::unreadable: return "unreadable";
    case Note::Kind::not_accepted: return "not_accepted";
  }
  return "unknown";
}

Reporter::Reporter(sys::Loop& loop, Options options)
    : loop_(loop),
      clock_(*options.clock),
      folder_(std::move(options.folder)),
      on_note_(std::move(options.on_note)),
      random_(options.seed) {}

Result<std::unique_ptr<Reporter>> Reporter::open(sys::Loop& loop, Options options) {
  auto sinks = std::move(options.sinks);
  std::unique_ptr<Reporter> reporter(new Reporter(loop, std::move(options)));
  if (auto opened = reporter->open_mailboxes(); !opened) return tl::unexpected(opened.error());
  reporter->make_lanes(std::move(sinks));
  reporter->disk_ = std::make_unique<sys::Worker>();
  reporter->disk_->post(
      [box = reporter->opened_box_.get(), folder = reporter->folder_] { box->post({open_outbox(folder)}); });
  reporter->wake_ = loop.after(kOpenPatience, [self = reporter.get()] {
    if (!self->opened_)
      self->on_opened({core::fail(core::ErrorCode::timed_out, "the disk does not answer", self->folder_)});
  });
  return reporter;
}

Result<void> Reporter::open_mailboxes() {
  auto opened = sys::Mailbox<Opened>::open(loop_, [this](Opened value) { on_opened(std::move(value)); });
  auto written = sys::Mailbox<Written>::open(loop_, [this](Written value) { on_written(std::move(value)); });
  auto attempted = sys::Mailbox<Attempted>::open(loop_, [this](Attempted value) { on_attempted(std::move(value)); });
  for (const auto* error : {opened ? nullptr : &opened.error(), written ? nullptr : &written.error(),
                            attempted ? nullptr : &attempted.error()}) {
    if (error != nullptr) return tl::unexpected(*error);
  }
  opened_box_ = std::move(*opened);
  written_box_ = std::move(*written);
  attempted_box_ = std::move(*attempted);
  return {};
}

void Reporter::make_lanes(std::vector<SinkSetup> sinks) {
  std::vector<SinkTraits> traits;
  for (auto& setup : sinks) {
    traits.push_back(std::move(setup.traits));
    SinkQueue lane;
    lane.serial = next_serial_++;
    lane.sink = std::move(setup.sink);
    lane.worker = std::make_unique<sys::Worker>();
    lanes_.push_back(std::move(lane));
  }
  report::replace_sinks(outbox_, std::move(traits));
}

void Reporter::ensure_running() {
  std::ignore = disk_->start();
  for (const auto& lane : lanes_) std::ignore = lane.worker->start();
}

void Reporter::replace_sinks(std::vector<SinkSetup> sinks) {
  std::erase_if(lanes_, [](const SinkQueue& lane) { return !lane.busy; });
  std::move(lanes_.begin(), lanes_.end(), std::back_inserter(retired_));
  lanes_.clear();
  make_lanes(std::move(sinks));
  settle();
  advance();
}

void Reporter::on_opened(Opened opened) {
  if (opened_) return;  // the answer came after our patience; the next start will read it again
  opened_ = true;
  if (!opened.outbox) {
    durable_ = false;
    on_note_({Note::Kind::not_stored, "", "", "", core::describe(opened.outbox.error()), {}});
  } else {
    for (const auto& path : opened.outbox->broken) on_note_({Note::Kind::unreadable, "", "", "", path, {}});
    for (const auto& sent : opened.outbox->sent) outbox_.settled_ids.push_back(sent.event.id);
    outbox_.next_number = std::max(outbox_.next_number, opened.outbox->highest + 1);
    for (auto& stored : opened.outbox->owed) {
      const Report known{.number = stored.number, .event = stored.event, .marks = stored.marks};
      if (!restore(outbox_, stored.number, std::move(stored.event), stored.marks, clock_.boot_now())) {
        disk_->post([folder = folder_, known] { std::ignore = settle_report(folder, known); });
      }
    }
  }
  follow_folder();
  for (auto& event : std::exchange(waiting_for_disk_, {})) accept(std::move(event));
  advance();
}

/// We take a file away only after its report has left the outbox: any other that goes was taken out by somebody.
void Reporter::follow_folder() {
  auto follower =
      sys::FolderFollower::open(loop_, folder_, [this](sys::FolderFollower::Change change, const std::string& name) {
        if (change == sys::FolderFollower::Change::removed) on_file_removed(name);
      });
  if (follower) removals_ = std::move(*follower);
}

void Reporter::on_file_removed(const std::string& name) {
  const auto number = number_of(name);
  const auto report =
      std::find_if(outbox_.reports.begin(), outbox_.reports.end(), [&](const Report& r) { return r.number == number; });
  if (report == outbox_.reports.end() || name != file_name(report->number, report->event.id)) return;
  on_note_({Note::Kind::removed, "", report->event.id, report->event.type, "taken out of the outbox by hand", {}});
  // After what is still being written of it.
  disk_->post([folder = folder_, gone = *report] { std::ignore = remove_report(folder, gone); });
  forget(outbox_, *number);
  advance();
}

void Reporter::put(CloudEvent event) {
  if (const auto good = check_event(event); !good) {
    on_note_({Note::Kind::not_accepted, "", event.id, event.type, core::describe(good.error()), {}});
    return;
  }
  if (!opened_) {
    waiting_for_disk_.push_back(std::move(event));
    return;
  }
  accept(std::move(event));
  advance();
}

void Reporter::accept(CloudEvent event) {
  const Added added = add(outbox_, std::move(event), clock_.boot_now());
  remove_dropped(added.dropped);
  settle();
  const auto taken = std::find_if(outbox_.reports.begin(), outbox_.reports.end(),
                                  [&](const Report& report) { return report.number == added.number; });
  if (taken != outbox_.reports.end()) store(*taken);
}

void Reporter::remove_dropped(const std::vector<Report>& dropped) {
  for (const Report& report : dropped) {
    ++dropped_;
    on_note_({Note::Kind::dropped, "", report.event.id, report.event.type, "the outbox is full", {}});
    disk_->post([folder = folder_, report] { std::ignore = remove_report(folder, report); });
  }
}

void Reporter::store(const Report& report) {
  const bool posted = disk_->post([box = written_box_.get(), folder = folder_, report] {
    box->post({report.number, write_report(folder, report)});
  });
  if (!posted) return on_written({report.number, core::fail(core::ErrorCode::timed_out, "the disk hangs", folder_)});
  if (auto running = disk_->start(); !running) on_written({report.number, std::move(running)});
}

void Reporter::settle() {
  for (Report& report : take_settled(outbox_)) {
    const auto number = report.number;
    disk_->post([box = written_box_.get(), folder = folder_, number, gone = std::move(report)] {
      box->post({number, settle_report(folder, gone)});
    });
  }
}

void Reporter::on_written(Written written) {
  note_storage(written);
  stored(outbox_, written.number);
  advance();
}

void Reporter::note_storage(const Written& written) {
  const bool before = std::exchange(durable_, written.result.has_value());
  if (written.result || !before) return;  // said once, not for each report
  on_note_({Note::Kind::not_stored, "", "", "", core::describe(written.result.error()), {}});
}

void Reporter::on_attempted(Attempted attempted) {
  const auto is_it = [&](const SinkQueue& lane) { return lane.serial == attempted.lane; };
  std::erase_if(retired_, is_it);
  const auto lane = std::find_if(lanes_.begin(), lanes_.end(), is_it);
  if (lane == lanes_.end()) return;
  lane->busy = false;
  ++lane->outcomes[std::string(name_of(attempted.outcome.kind))];
  lane->last_detail = attempted.outcome.detail;
  const auto index = static_cast<std::size_t>(lane - lanes_.begin());
  const double jitter = std::uniform_real_distribution<double>(0, 1)(random_);
  const auto about = finished(outbox_, index, attempted.outcome, jitter, clock_.boot_now());
  for (const Report* report : about) {
    if (attempted.outcome.kind != DeliveryOutcome::Kind::retry && !is_settled(*report)) store(*report);
  }
  if (!about.empty()) note_attempt(*lane, outbox_.sinks[index], *about.back(), attempted);
  settle();
  advance();
}

void Reporter::note_attempt(const SinkQueue& lane, const SinkState& sink, const Report& report,
                            const Attempted& attempted) {
  on_note_({kind_of(attempted.outcome.kind), sink.traits.name, report.event.id, report.event.type, lane.last_detail,
            attempted.took});
}

void Reporter::set_end(std::optional<core::Deadline> end) {
  report::set_end(outbox_, end, clock_.boot_now());
  advance();
}

void Reporter::advance() {
  if (!opened_) return;
  std::optional<BootTime> wake;
  for (std::size_t index = 0; index < lanes_.size(); ++index) advance_lane(index, wake);
  wake_.reset();
  if (wake) wake_ = loop_.at(*wake, [this] { advance(); });
}

void Reporter::advance_lane(std::size_t index, std::optional<BootTime>& wake) {
  const Next what = next(outbox_, index, clock_.boot_now());
  if (const auto* wait = std::get_if<WaitUntil>(&what)) wake = std::min(wake.value_or(wait->time), wait->time);
  if (const auto* attempt = std::get_if<Try>(&what)) start_attempt(index, *attempt);
}

void Reporter::start_attempt(std::size_t index, const Try& attempt) {
  const auto report = std::find_if(outbox_.reports.begin(), outbox_.reports.end(),
                                   [&](const Report& r) { return r.number == attempt.number; });
  SinkQueue& lane = lanes_[index];
  started(outbox_, index, attempt);
  lane.busy = true;
  if (const auto running = lane.worker->start(); !running)
    return attempted_box_->post({lane.serial, DeliveryOutcome::retry(core::describe(running.error())), Millis(0)});
  lane.worker->post([box = attempted_box_.get(), sink = lane.sink.get(), serial = lane.serial, clock = &clock_,
                     delivery = Delivery{report->event, attempt.remarks, attempt.by, cloud_wall_now()}] {
    const BootTime start = clock->boot_now();
    DeliveryOutcome outcome = sink->deliver(delivery);
    box->post({serial, std::move(outcome), std::chrono::duration_cast<Millis>(clock->boot_now() - start)});
  });
}

ReporterStatus Reporter::status() const {
  ReporterStatus status;
  status.waiting = outbox_.reports.size() + waiting_for_disk_.size();
  for (const Report& report : outbox_.reports) status.waiting_bytes += report.bytes;
  status.dropped = dropped_;
  status.durable = durable_;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    const SinkState& sink = outbox_.sinks[i];
    ReporterStatus::SinkStatus line{sink.traits.name,     0, sink.failures, sink.gone, lanes_[i].outcomes,
                                    lanes_[i].last_detail};
    for (const Report& report : outbox_.reports) {
      const auto mark = report.marks.find(line.name);
      if (mark != report.marks.end() && mark->second == DeliveryState::owed) ++line.owed;
    }
    status.sinks.push_back(std::move(line));
  }
  return status;
}

}  // namespace preemptd::report
