#include "cli/node/drain_by_hand.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "cli/command/settings.h"
#include "cli/host/agent_at_work.h"
#include "cli/host/interruptible_wait.h"
#include "cli/records/record_view.h"
#include "core/json.h"
#include "core/text.h"
#include "core/utc.h"
#include "drain/journal/record.h"
#include "sys/child.h"
#include "sys/files.h"
#include "sys/programs.h"

namespace preemptd::cli {
namespace {

using core::Result;

/// For a hook that is stopped first, the record, and a drainer that starts late.
constexpr core::Millis kBesides = std::chrono::minutes(2);

/// True when somebody waits for the notice file.
bool starter_at_work(const std::string& run_folder) {
  const auto status = read_status(run_folder);
  if (!status) return false;
  const auto by = core::string_at(*status, "drain_started_by").value_or("nobody");
  return by != "nobody" &&
         is_running(*status);  // of a dead agent's word nothing is known; a second drainer does no harm
}

Result<void> start_drainer(const Common& common) {
  const auto program = sys::find_program("preempt-drain");
  if (!program) return tl::unexpected(program.error());
  sys::SpawnRequest request;
  request.path = *program;
  request.argv = {*program};
  for (const auto& argument : configuration_arguments(common)) request.argv.push_back(argument);
  request.env = configuration_environment();
  request.env.emplace_back("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  const auto pid = sys::spawn_detached(request);
  if (!pid) return tl::unexpected(sys::to_error(pid.error(), *program));
  return {};
}

bool over(const drain::Record& record, core::NoticeState wanted) {
  return wanted == core::NoticeState::pending ? record.finished.has_value() : record.state == drain::DrainState::undone;
}

Exit verdict(const std::optional<drain::Record>& record, core::NoticeState wanted, bool interrupted, Output& out) {
  if (interrupted) {
    out.note("it goes on without being watched: preemptctl status");
    return Exit::ok;
  }
  if (!record || !over(*record, wanted)) {
    out.error("nothing was seen of the drainer's end; see preemptctl status and the log");
    return Exit::timed_out;
  }
  const int failed = wanted == core::NoticeState::pending ? record->finished->failed : record->undone->failed;
  return failed == 0 ? Exit::ok : Exit::failed;
}

}  // namespace

core::Notice own_notice(core::Source source, core::Millis window, std::string reason, core::Identity identity) {
  const auto& clock = core::system_clock();
  core::Notice notice;
  notice.instance = std::move(identity);
  notice.sources = {source};
  notice.seen_at = clock.wall_now();
  notice.seen_at_boot = clock.boot_now();
  notice.termination_time = notice.seen_at + window;
  notice.exact = true;
  notice.deadline = notice.seen_at_boot + window;
  notice.boot_id = core::current_boot_id();
  notice.reason = std::move(reason);
  const std::string who = notice.instance.instance_id.empty() ? "this-node" : notice.instance.instance_id;
  notice.id = who + "-" + std::string(name_of(source)) + "-" + core::format_utc_compact(notice.seen_at);
  return notice;
}

Result<void> publish_by_hand(Context& context, const config::Config& config, const core::Notice& notice) {
  const std::string text = core::to_json_text(notice);
  if (auto read = core::parse_notice(text); !read) return tl::unexpected(read.error());
  if (auto made = sys::make_folders(config.paths.run, 0755); !made) return made;
  const bool awaited = starter_at_work(config.paths.run);
  auto written = sys::write_file_atomically(config.paths.run + "/notice.json", text, 0644, sys::Durable::no);
  if (!written || awaited) return written;
  return start_drainer(context.common);
}

core::Deadline latest_end(const core::Notice& notice, core::Millis usual_window, core::BootTime now) {
  const bool usual = notice.state == core::NoticeState::withdrawn || notice.deadline <= now;
  return core::Deadline((usual ? now + usual_window : notice.deadline) + kBesides);
}

Exit follow_drain(Context& context, const config::Config& config, const core::Notice& notice) {
  auto patience = InterruptibleWait::open();
  if (!patience) {
    context.out.error(patience.error());
    return Exit::failed;
  }
  const auto folder = drain::drain_folder(config.paths.state, notice.id);
  std::optional<drain::Record> record;
  std::size_t printed = 0;
  const auto start = core::BootClock::now();
  patience->until(
      latest_end(notice, config.drain.window, start),
      [&] {
        const auto journal = drain::read_journal(config.paths.run, folder, notice.id);
        if (!journal || !*journal) return false;
        const auto& entries = (*journal)->entries;
        for (; printed < entries.size(); ++printed) {
          if (entries[printed].boot >= start) context.out.line(sentence_of(entries[printed], start));
        }
        record = drain::record_of(entries);
        return record && over(*record, notice.state);
      },
      core::Millis{100});
  return verdict(record, notice.state, patience->interrupted(), context.out);
}

}  // namespace preemptd::cli
