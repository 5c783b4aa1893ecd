#include "daemon/daemon.h"

#include <csignal>
#include <random>
#include <utility>

#include "core/identity.h"
#include "core/text.h"
#include "metadata/platform.h"
#include "node/report_events.h"
#include "node/sink_factory.h"
#include "sys/files.h"
#include "sys/programs.h"

namespace preemptd::daemon {
namespace {

constexpr core::Millis kTick = core::Seconds(5);
constexpr core::Millis kLaneSilent = core::Seconds(60);
/// Somebody who has just started the agent is looking: the first answers show at once.
constexpr core::Millis kYoung = core::Seconds(10), kTickWhenYoung{200};
/// Ages in the status file may be this stale while nothing happens; every change is written at once.
constexpr core::Millis kStatusAtRest = core::Seconds(15);

bool drains_are_ours(const config::Config& config, const Arguments& arguments, const sys::ServiceNotify& service) {
  if (arguments.spawn_drain || config.drain.start == config::StartDrain::always) return true;
  return config.drain.start == config::StartDrain::automatic && !service.present();
}

}  // namespace

core::Result<std::unique_ptr<Daemon>> Daemon::open(Arguments arguments, config::Loaded loaded) {
  const config::Paths& paths = loaded.config.paths;
  if (auto made = sys::make_folders(paths.run, 0755); !made) return tl::unexpected(made.error());
  auto lock = sys::FileLock::take(paths.run + "/lock");
  if (!lock) return tl::unexpected(lock.error());
  auto loop = sys::Loop::open();
  if (!loop) return tl::unexpected(loop.error());
  std::unique_ptr<Daemon> daemon(
      new Daemon(std::move(arguments), std::move(loaded), std::move(*lock), std::move(*loop)));
  if (auto wired = daemon->wire(); !wired) return tl::unexpected(wired.error());
  return daemon;
}

Daemon::Daemon(Arguments arguments, config::Loaded loaded, sys::FileLock lock, std::unique_ptr<sys::Loop> loop)
    : arguments_(std::move(arguments)),
      loaded_(std::move(loaded)),
      log_(loaded_.config.log),
      lock_(std::move(lock)),
      loop_(std::move(loop)),
      service_(sys::ServiceNotify::from_environment()),
      files_(loaded_.config.paths.run, loaded_.config.paths.state),
      started_at_(core::system_clock().wall_now()) {}

/// Signals first: every thread started later inherits that they are blocked.
core::Result<void> Daemon::wire() {
  if (auto done = listen_to_signals(); !done) return done;
  if (auto done = open_boxes(); !done) return done;
  disk_ = std::make_unique<sys::Worker>();
  if (auto done = open_reporter(); !done) return done;
  set_up_drain();

  auto watcher = Watcher::open(*loop_, loaded_.config, [this](const watch::Effect& effect) { on_effect(effect); });
  if (!watcher) return tl::unexpected(watcher.error());
  watcher_ = std::move(*watcher);
  open_evidence();
  open_metrics();
  return {};
}

/// Where the disk's thread leaves what became of its work.
core::Result<void> Daemon::open_boxes() {
  const auto result_box = [this](const char* feature) {
    return sys::Mailbox<core::Result<void>>::open(*loop_, [this, feature](const core::Result<void>& result) {
      set_fault(feature, result ? std::nullopt : std::optional(core::describe(result.error())));
    });
  };
  auto checks = sys::Mailbox<HookCheck>::open(*loop_, [this](const HookCheck& check) { on_hooks_checked(check); });
  auto records = sys::Mailbox<std::optional<drain::Record>>::open(*loop_, [this](std::optional<drain::Record> record) {
    last_record_ = std::move(record);
    write_status();
  });
  auto kept = result_box("notice over a reboot");
  auto kept_metrics = result_box("metrics file");
  auto kept_evidence = result_box("evidence of the notice");
  if (!checks) return tl::unexpected(checks.error());
  if (!records) return tl::unexpected(records.error());
  if (!kept) return tl::unexpected(kept.error());
  if (!kept_metrics) return tl::unexpected(kept_metrics.error());
  if (!kept_evidence) return tl::unexpected(kept_evidence.error());
  hook_checks_ = std::move(*checks);
  last_records_ = std::move(*records);
  kept_ = std::move(*kept);
  kept_metrics_ = std::move(*kept_metrics);
  kept_evidence_ = std::move(*kept_evidence);
  return {};
}

void Daemon::open_evidence() {
  const auto write = [this](const std::string& notice_id, node::Evidence evidence) {
    disk_->post([state = loaded_.config.paths.state, notice_id, evidence = std::move(evidence),
                 box = kept_evidence_.get()] { box->post(node::write_evidence(state, notice_id, evidence)); });
  };
  evidence_ = std::make_unique<EvidenceKeeper>(*loop_, watcher_->polls(), started_at_, write);
}

core::Result<void> Daemon::listen_to_signals() {
  auto signals = loop_->signals({SIGTERM, SIGINT, SIGHUP, SIGUSR1}, [this](int number) { on_signal(number); });
  if (!signals) return tl::unexpected(signals.error());
  signals_ = std::move(*signals);
  return {};
}

core::Result<void> Daemon::open_reporter() {
  node::SinkSet made = node::make_sinks(loaded_.config);
  for (const auto& error : made.errors) log_.say(Level::error, "sink.unusable", core::describe(error));
  report::Reporter::Options options;
  options.folder = loaded_.config.paths.state + "/outbox";
  options.sinks = std::move(made.sinks);
  options.on_note = [this](const report::Note& note) { on_note(note); };
  options.clock = &core::system_clock();
  options.seed = std::random_device{}();
  auto reporter = report::Reporter::open(*loop_, std::move(options));
  if (!reporter) return tl::unexpected(reporter.error());
  reporter_ = std::move(*reporter);
  return {};
}

void Daemon::set_up_drain() {
  const std::string& state = loaded_.config.paths.state;
  follower_ = std::make_unique<DrainFollower>(
      *loop_, loaded_.config.paths.run, state,
      [this](const core::Notice& notice, const drain::JournalEntry& entry) { on_journal_entry(notice, entry); });
  set_up_starter();
}

/// Again after a reload, which can turn it on and off. A drainer that runs then goes on either way.
void Daemon::set_up_starter() {
  const std::string& state = loaded_.config.paths.state;
  starts_drains_ = drains_are_ours(loaded_.config, arguments_, service_);
  if (starts_drains_ && starter_) return;
  starter_.reset();
  if (!starts_drains_) return set_fault("starting drains", std::nullopt);

  const auto program = sys::find_program("preempt-drain");
  if (!program) {
    log_.say(Level::error, "drain.unavailable", core::describe(program.error()) + ": no drain can be started");
    return set_fault("starting drains", core::describe(program.error()));
  }
  set_fault("starting drains", std::nullopt);
  if (auto made = sys::make_folders(state + "/drains", 0751); !made)
    set_fault("records of drains", core::describe(made.error()));
  starter_ = std::make_unique<DrainStarter>(
      *loop_, DrainStarter::Settings{*program, arguments_.passed_on(), loaded_.config.paths.run + "/drain/lock"},
      [this] { return follower_->over(); },
      [this](const core::Error& error) {
        log_.say(Level::error, "drain.not_started", core::describe(error) + ": trying again");
      });
  if (watcher_ && watcher_->state().notice && !follower_->over()) starter_->see_to(*watcher_->state().notice);
}

/// A mistake costs the key it is in: the watch goes on with all that is right.
void Daemon::complain_of_configuration() {
  const auto& problems = loaded_.problems;
  for (const auto& problem : problems) log_.say(Level::error, "configuration.problem", core::describe(problem));
  if (problems.empty()) return;
  const std::string more = problems.size() > 1 ? " (and " + std::to_string(problems.size() - 1) + " more)" : "";
  set_fault("configuration", core::describe(problems.front()) + more);
}

void Daemon::run() {
  complain_of_configuration();
  std::vector<core::Error> errors;
  const auto found = files_.find(errors);
  for (const auto& error : errors)
    log_.say(Level::warning, "notice.unreadable",
             core::describe(error) + ": taken for no notice; the sources tell if there is one");
  if (found) watcher_->found(*found);
  if (const auto reserved = files_.reserve(); !reserved)
    log_.say(Level::warning, "notice.unreserved",
             core::describe(reserved.error()) + ": a full run folder could keep a notice from being written");

  follow_notice_file();
  if (metadata::detect_platform() == metadata::Platform::elsewhere)
    log_.say(Level::warning, "platform.elsewhere",
             "this machine does not call itself an Alibaba Cloud ECS instance; watching all the same");
  log_.say(Level::info, "agent.started",
           starts_drains_ ? "watching; drains are started from here" : "watching; the service manager starts drains");
  check_hooks_soon();
  look_for_last_drain();
  tick();
  write_status();
  service_.ready(told_line_);
  loop_->run();
  service_.stopping();
  log_.say(Level::info, "agent.stopped",
           follower_->over() ? "stopped" : "stopped; the drain goes on without the watcher");
}

/// An operator's drain or undo, or one because of a shutdown, comes as a notice file that we did not write.
void Daemon::follow_notice_file() {
  const auto on_change = [this](sys::FolderFollower::Change, const std::string& name) {
    if (name != "notice.json") return;
    const auto found = files_.read_public();
    if (!found || !*found || watcher_->state().notice == **found) return;
    const auto& known = watcher_->state().notice;
    const bool undone = known && known->id == (*found)->id && (*found)->state == core::NoticeState::withdrawn;
    if (core::is_ours(**found) || undone) watcher_->found(**found);
  };
  auto changes = sys::FolderFollower::open(*loop_, loaded_.config.paths.run, on_change);
  if (changes) {
    notice_changes_ = std::move(*changes);
  } else {
    set_fault("drains started by hand", core::describe(changes.error()));
  }
}

void Daemon::on_signal(int number) {
  if (number == SIGHUP) return reload();
  if (number == SIGUSR1) return log_.say(Level::info, "status", status().line);
  loop_->stop();
}

void Daemon::reload() {
  service_.reloading();
  auto loaded = config::load({arguments_.config_file, arguments_.sets, config::environment_of_process()});
  if (loaded) {
    apply(std::move(*loaded));
  } else {
    log_.say(Level::error, "reload.failed", core::describe(loaded.error()) + ": the old settings stay in force");
    set_fault("configuration", "reload failed: " + core::describe(loaded.error()));
  }
  write_status();
  service_.ready(told_line_);
}

void Daemon::apply(config::Loaded loaded) {
  for (const auto& warning : loaded.warnings) log_.say(Level::warning, "configuration.warning", warning);
  if (loaded.config.paths.run != loaded_.config.paths.run || loaded.config.paths.state != loaded_.config.paths.state) {
    log_.say(Level::warning, "reload.partial", "[paths] takes effect at the next start");
    loaded.config.paths = loaded_.config.paths;
  }
  if (auto done = watcher_->reconfigure(loaded.config); !done) {
    log_.say(Level::error, "reload.failed", core::describe(done.error()) + ": the old settings stay in force");
    return set_fault("configuration", "reload failed: " + core::describe(done.error()));
  }
  loaded_ = std::move(loaded);
  asking_.reset();
  log_.reconfigure(loaded_.config.log);
  node::SinkSet made = node::make_sinks(loaded_.config);
  for (const auto& error : made.errors) log_.say(Level::error, "sink.unusable", core::describe(error));
  reporter_->replace_sinks(std::move(made.sinks));
  set_fault("configuration", std::nullopt);
  set_up_starter();
  open_metrics();
  check_hooks_soon();
  log_.say(Level::info, "reload.done", "the new settings are in force");
}

void Daemon::check_hooks_soon() {
  disk_->post([config = loaded_.config, box = hook_checks_.get()] { box->post(check_hooks(config)); });
}

void Daemon::look_for_last_drain() {
  disk_->post([state = loaded_.config.paths.state, box = last_records_.get()] {
    const auto drains = drain::list_drains(state);
    if (!drains || drains->empty()) return;
    auto record = drain::read_record(drain::drain_folder(state, drains->front()));
    if (record) box->post(std::move(*record));
  });
}

void Daemon::on_hooks_checked(const HookCheck& check) {
  hooks_ = check.status;
  for (const auto& complaint : check.complaints) log_.say(Level::error, "hook.unusable", complaint);
  log_.say(check.status.fits ? Level::info : Level::warning, "plan.verdict", check.status.verdict,
           {{"hooks", std::to_string(check.status.ok)}});
  write_status();
}

/// A metadata lane that does not come back, although each of its requests has a time limit, is as bad as a loop that
/// hangs.
void Daemon::feed_watchdog() {
  const auto& settings = loaded_.config.metadata;
  if (!asking_) asking_.emplace(kLaneSilent + 2 * settings.interval + 20 * settings.timeout, 2 * kTick);
  const bool alive = asking_->alive(watcher_->metadata_asked(), core::BootClock::now());
  if (alive) service_.watchdog();
  set_fault("the metadata lane",
            alive ? std::nullopt
                  : std::optional<std::string>("it hangs; the watchdog is not fed, so that the agent is started anew"));
}

void Daemon::tick() {
  watcher_->tick();
  feed_watchdog();
  log_.tell_repeats();
  const auto& state = watcher_->state();
  const bool known = !state.identity.instance_id.empty();
  if (!agent_reported_ && (known || core::BootClock::now() - *state.started > core::Seconds(30))) {
    agent_reported_ = true;
    reporter_->put(node::agent_event("agent.started", state.identity, started_at_));
  }
  reporter_->set_clock_error(state.clock_error);
  const auto now = core::BootClock::now();
  metrics_.sample(now, watcher_->unseen_total(now));
  if (!follower_->over()) evidence_->write_soon();
  const bool due = core::BootClock::now() - status_written_ >= (follower_->over() ? kStatusAtRest : kTick);
  if (due || phase() != told_phase_) write_status();
  write_metrics();
  const core::Millis fed = service_.watchdog_limit().value_or(kTick * 2) / 2;
  const bool young = core::BootClock::now() - *state.started < kYoung;
  tick_ = loop_->after(std::min(young ? kTickWhenYoung : kTick, fed), [this] { tick(); });
}

}  // namespace preemptd::daemon
