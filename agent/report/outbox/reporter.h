#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "report/outbox/outbox.h"
#include "report/outbox/outbox_files.h"
#include "report/sink.h"
#include "sys/folder_follower.h"
#include "sys/loop.h"
#include "sys/mailbox.h"
#include "sys/worker.h"

namespace preemptd::report {

struct SinkSetup {
  SinkTraits traits;
  std::unique_ptr<Sink> sink;
};

/// What happened to a report, for logs and metrics.
struct Note {
  enum class Kind {
    delivered,
    retrying,     ///< detail says why; tried again by itself
    refused,      ///< given up for this sink
    gone,         ///< the sink is out until a reload
    dropped,      ///< the outbox was full; `sink` is empty
    not_stored,   ///< only in memory, because of the disk; `sink` is empty
    removed,      ///< somebody took it out of the outbox; `sink` is empty
    unreadable,   ///< a file of the outbox was set aside; detail is its path
    not_accepted  ///< the event itself is wrong (a fault of ours); detail says how
  };
  Kind kind = Kind::delivered;
  std::string sink;
  std::string event_id;
  std::string event_type;
  std::string detail;
  core::Millis took{0};  ///< of the attempt
};
std::string_view name_of(Note::Kind kind);

/// How the reporting stands, for status and metrics.
struct ReporterStatus {
  struct SinkStatus {
    std::string name;
    std::size_t owed = 0;
    int failures = 0;  ///< in a row
    bool gone = false;
    std::map<std::string, std::uint64_t> outcomes;  ///< attempts by name_of(DeliveryOutcome::Kind), since start
    std::string last_detail;
  };
  std::vector<SinkStatus> sinks;
  std::size_t waiting = 0;  ///< reports
  std::size_t waiting_bytes = 0;
  std::uint64_t dropped = 0;  ///< since start
  bool durable = true;        ///< false: the last write to the disk failed
};

/// Delivers to every sink, in order, at least once, and never holds up the loop it lives on: files are written by one
/// thread of its own, and each sink has one more, so that a disk or a receiver that hangs costs the others nothing. A
/// report is tried when it is on the disk, or after kDiskPatience without it.
///
/// All members are for the loop's thread. The destructor waits for attempts on their way, each at most until its own
/// time limit; a process in a hurry may _exit instead, because everything owed is on the disk.
class Reporter {
 public:
  struct Options {
    std::string folder;  ///< the outbox
    std::vector<SinkSetup> sinks;
    std::function<void(const Note&)> on_note;
    const core::Clock* clock = nullptr;
    std::uint64_t seed = 0;  ///< of the jitter; another one on every node
  };

  /// Starts the threads; reports from before go on once the disk has given them. Local fault: no eventfd.
  static core::Result<std::unique_ptr<Reporter>> open(sys::Loop& loop, Options options);

  /// Delivers to the sinks that want it. An event whose id was put before, also before a restart, is not repeated.
  void put(CloudEvent event);

  /// When the instance ends; nothing: it goes on living. Bounds attempts and waits.
  void set_end(std::optional<core::Deadline> end);

  /// Local wall clock minus the cloud's; receivers compare signed times with theirs.
  void set_clock_error(core::Millis error) { clock_error_ = error; }

  /// Starts the threads that the kernel has refused so far. To be called now and then.
  void ensure_running();

  /// After a reload. What is owed to a sink of the same name stays owed.
  void replace_sinks(std::vector<SinkSetup> sinks);

  ReporterStatus status() const;

 private:
  struct SinkQueue {
    std::uint64_t serial = 0;
    std::unique_ptr<Sink> sink;           ///< used by the worker's thread only
    std::unique_ptr<sys::Worker> worker;  ///< dies first
    std::map<std::string, std::uint64_t> outcomes;
    std::string last_detail;
    bool busy = false;
  };
  struct Attempted {
    std::uint64_t lane = 0;
    DeliveryOutcome outcome;
    core::Millis took{0};
  };
  struct Written {
    std::uint64_t number = 0;
    core::Result<void> result;
  };
  struct Opened {
    core::Result<StoredOutbox> outbox;
  };

  Reporter(sys::Loop& loop, Options options);
  core::Result<void> open_mailboxes();
  void make_lanes(std::vector<SinkSetup> sinks);
  void on_opened(Opened opened);
  void on_written(Written written);
  void follow_folder();
  void on_file_removed(const std::string& name);
  void on_attempted(Attempted attempted);
  void note_attempt(const SinkQueue& lane, const SinkState& sink, const Report& report, const Attempted& attempted);
  void note_storage(const Written& written);
  void accept(CloudEvent event);
  void store(const Report& report);
  void settle();
  void remove_dropped(const std::vector<Report>& dropped);
  void advance();
  void advance_lane(std::size_t index, std::optional<core::BootTime>& wake);
  void start_attempt(std::size_t index, const Try& attempt);
  core::WallTime cloud_wall_now() const { return clock_.wall_now() - clock_error_; }

  sys::Loop& loop_;
  const core::Clock& clock_;
  const std::string folder_;
  std::function<void(const Note&)> on_note_;
  std::mt19937_64 random_;
  core::Millis clock_error_{0};
  Outbox outbox_;
  bool opened_ = false;
  std::vector<CloudEvent> waiting_for_disk_;  ///< put before the disk was read
  std::uint64_t dropped_ = 0;
  bool durable_ = true;
  std::uint64_t next_serial_ = 1;
  sys::Loop::Handle wake_;

  std::unique_ptr<sys::Mailbox<Opened>> opened_box_;
  std::unique_ptr<sys::Mailbox<Written>> written_box_;
  std::unique_ptr<sys::Mailbox<Attempted>> attempted_box_;
  std::vector<SinkQueue> lanes_;    ///< beside outbox_.sinks
  std::vector<SinkQueue> retired_;  ///< of before a reload, until their attempt is over
  std::unique_ptr<sys::FolderFollower> removals_;
  std::unique_ptr<sys::Worker> disk_;
};

}  // namespace preemptd::report
