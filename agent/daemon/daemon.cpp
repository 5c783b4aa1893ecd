#include "daemon/daemon.h"

#include <csignal>
#include <random>
#include <utility>

#include "core/identity.h"
#include "core/text.h"
#include "metadata/platform.h"
#include "node/report_events.h"
#include "sys/files.h"
#include "sys/programs.h"

namespace preemptd::daemon {
namespace {

constexpr core::Millis kTick = core::Seconds(5);
constexpr core::Millis kLaneSilent = core::Seconds(60);
/// Somebody who has just started the agent is looking: the first answers show at once.
constexpr core::Millis kYoung = core::Seconds(10), kTickWhenYoung{200};
/// The report of the start waits no longer than this for the identity.
constexpr core::Millis kIdentityPatience = core::Seconds(30);

bool drains_are_ours(const config::Config& config, const Arguments& arguments, const sys::ServiceNotify& service) {
  if (arguments.spawn_drain || config.drain.start == config::StartDrain::always) return true;
  return config.drain.start == config::StartDrain::automatic && !service.present();
}

std::string sink_feature(const std::string& sink) {
  return "sink " + sink;
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
      log_({.level = loaded_.config.log.level, .format = loaded_.config.log.format}),
      lock_(std::move(lock)),
      loop_(std::move(loop)),
      service_(sys::ServiceNotify::from_environment()),
      files_(loaded_.config.paths.run, loaded_.config.paths.state),
      started_at_(core::system_clock().wall_now()),
      faults_(log_) {}

/// Signals first: every thread started later inherits that they are blocked.
core::Result<void> Daemon::wire() {
  if (auto done = listen_to_signals(); !done) return done;
  if (auto done = open_disk(); !done) return done;
  if (auto done = open_reporter(); !done) return done;
  open_drains();
  if (auto done = open_watcher(); !done) return done;
  set_up_starter();
  open_metrics();
  checks_->settings_are(loaded_, arguments_.config_file, service_.present() && !starter_);
  return {};
}

core::Result<void> Daemon::listen_to_signals() {
  auto signals = loop_->signals({SIGTERM, SIGINT, SIGHUP, SIGUSR1}, [this](int number) { on_signal(number); });
  if (!signals) return tl::unexpected(signals.error());
  signals_ = std::move(*signals);
  return {};
}

core::Result<void> Daemon::open_disk() {
  auto disk = DiskJobs::open(*loop_, faults_, [this](std::optional<drain::Record> record) {
    status_->set_last_record(std::move(record));
    status_->write();
  });
  if (!disk) return tl::unexpected(disk.error());
  disk_ = std::move(*disk);
  auto checks = NodeChecks::open(*loop_, [this](const NodeChecks::Finding& finding) { on_finding(finding); });
  if (!checks) return tl::unexpected(checks.error());
  checks_ = std::move(*checks);
  return {};
}

core::Result<void> Daemon::open_reporter() {
  node::SinkSet made = node::make_sinks(loaded_.config);
  report_unusable_sinks(made);
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

void Daemon::report_unusable_sinks(const node::SinkSet& made) {
  faults_.clear(sink_feature(""));
  for (const auto& error : made.errors) log_.error("sink.unusable", core::describe(error));
  for (std::size_t i = 0; i < made.errors.size(); ++i)
    faults_.set(sink_feature(made.unusable[i]), core::describe(made.errors[i]));
}

void Daemon::open_drains() {
  const config::Paths& paths = loaded_.config.paths;
  follower_ = std::make_unique<DrainFollower>(
      *loop_, paths.run, paths.state,
      [this](const core::Notice& notice, const drain::JournalEntry& entry) { on_journal_entry(notice, entry); });
  last_word_ = std::make_unique<LastWord>(*loop_, log_, *reporter_, *follower_);
  last_word_->set_reserve(loaded_.config.drain.report_reserve);
  effects_ = std::make_unique<EffectInterpreter>(EffectInterpreter::Means{
      *loop_, log_, faults_, *disk_, *reporter_, *follower_, *last_word_, spare_fds_, files_, paths.state});
}

core::Result<void> Daemon::open_watcher() {
  const auto open = [this] {
    return Watcher::open(*loop_, loaded_.config, [this](const watch::Effect& effect) {
      effects_->carry_out(effect);
      if (status_) status_->write();
    });
  };
  auto watcher = open();
  if (!watcher) spare_fds_.release(), watcher = open();  // to see a notice comes before acting on it
  if (!watcher) return tl::unexpected(watcher.error());
  watcher_ = std::move(*watcher);
  const std::string& state = loaded_.config.paths.state;
  evidence_ = std::make_unique<EvidenceKeeper>(*loop_, watcher_->polls(), started_at_,
                                               [this, state](const std::string& id, node::Evidence evidence) {
                                                 disk_->write_evidence(state, id, std::move(evidence));
                                               });
  effects_->attach(*watcher_, *evidence_);
  status_ = std::make_unique<StatusPublisher>(StatusPublisher::Sources{
      *loop_, service_, *watcher_, *follower_, *reporter_, faults_, started_at_, loaded_.config.paths.run});
  return {};
}

/// Again after a reload, which can turn it on and off. A drainer that runs then goes on either way.
void Daemon::set_up_starter() {
  const bool ours = drains_are_ours(loaded_.config, arguments_, service_);
  if (ours && starter_) return;
  effects_->set_starter(nullptr);
  starter_.reset();
  status_->set_starter(service_.present() ? DrainStarterKind::service_manager : DrainStarterKind::nobody);
  if (!ours) return faults_.set("starting drains", std::nullopt);

  const auto program = sys::find_program("preempt-drain");
  faults_.set("starting drains", program ? std::nullopt : std::optional(core::describe(program.error())));
  status_->set_starter(program ? DrainStarterKind::preemptd : DrainStarterKind::nobody);
  status_->set_no_drain(program ? std::nullopt : std::optional(core::describe(program.error())));
  if (!program) return log_.error("drain.unavailable", core::describe(program.error()) + ": no drain can be started");
  const config::Paths& paths = loaded_.config.paths;
  if (auto made = sys::make_folders(paths.state + "/drains", 0751); !made)
    faults_.set("records of drains", core::describe(made.error()));
  starter_ = std::make_unique<DrainStarter>(
      *loop_, DrainStarter::Settings{*program, arguments_.passed_on(), paths.run + "/drain/lock"},
      [this] { return follower_->over(); },
      [this](const core::Error& error) { log_.error("drain.not_started", core::describe(error) + ": trying again"); });
  effects_->set_starter(starter_.get());
  const auto& notice = watcher_->state().notice;
  if (notice && !follower_->over()) starter_->see_to(*notice);
}

/// A page on loopback. It cannot hold up the watch.
void Daemon::open_metrics() {
  listener_.reset();
  const std::string& address = loaded_.config.metrics.listen;
  if (address.empty()) return faults_.set("metrics listener", std::nullopt);
  auto listener =
      report::Listener::open(*loop_, address, [this](std::string_view path) { return status_->page(path); });
  faults_.set("metrics listener", listener ? std::nullopt : std::optional(core::describe(listener.error())));
  if (listener) listener_ = std::move(*listener);
}

void Daemon::run() {
  begin();
  loop_->run();
  service_.stopping();
  log_.info("agent.stopped", follower_->over() ? "stopped" : "stopped; the drain goes on without the watcher");
}

void Daemon::begin() {
  complain_of_configuration();
  take_up_notice();
  follow_notice_file();
  if (metadata::detect_platform() == metadata::Platform::elsewhere)
    log_.warning("platform.not_ecs",
                 "this machine does not call itself an Alibaba Cloud ECS instance; watching all the same");
  log_.info("agent.started",
            starter_ ? "watching; drains are started from here" : "watching; the service manager starts drains");
  disk_->read_last_record(loaded_.config.paths.state);
  tick();
  status_->write();
  service_.ready(status_->line());
}

/// A mistake costs the key it is in: the watch goes on with all that is right.
void Daemon::complain_of_configuration() {
  const auto& problems = loaded_.problems;
  for (const auto& problem : problems) log_.error("configuration.problem", core::describe(problem));
  if (problems.empty()) return;
  const std::string more = problems.size() > 1 ? " (and " + std::to_string(problems.size() - 1) + " more)" : "";
  faults_.set("configuration", core::describe(problems.front()) + more);
}

void Daemon::take_up_notice() {
  std::vector<core::Error> errors;
  const auto found = files_.find(errors);
  for (const auto& error : errors)
    log_.warning("notice.unreadable", core::describe(error) + ": ignored; the sources report a notice again");
  if (found) watcher_->found(*found);
  if (const auto reserved = files_.reserve(); !reserved)
    log_.warning("notice.unreserved",
                 core::describe(reserved.error()) + ": a full run folder could keep a notice from being written");
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
  faults_.set("drains started by hand", changes ? std::nullopt : std::optional(core::describe(changes.error())));
  if (changes) notice_changes_ = std::move(*changes);
}

void Daemon::on_signal(int number) {
  if (number == SIGHUP) return reload();
  if (number == SIGUSR1) return log_.info("status", status_->status().line);
  loop_->stop();
}

void Daemon::reload() {
  service_.reloading();
  auto loaded = config::load({arguments_.config_file, arguments_.sets, config::environment_of_process()});
  if (loaded) {
    apply(std::move(*loaded));
  } else {
    log_.error("reload.failed", core::describe(loaded.error()) + ": the old settings stay in force");
    faults_.set("configuration", "reload failed: " + core::describe(loaded.error()));
  }
  status_->write();
  service_.ready(status_->line());
}

void Daemon::apply(config::Loaded loaded) {
  for (const auto& warning : loaded.warnings) log_.warning("configuration.warning", warning);
  if (loaded.config.paths.run != loaded_.config.paths.run || loaded.config.paths.state != loaded_.config.paths.state) {
    log_.warning("reload.partial", "[paths] takes effect at the next start");
    loaded.config.paths = loaded_.config.paths;
  }
  if (auto done = watcher_->reconfigure(loaded.config); !done) {
    log_.error("reload.failed", core::describe(done.error()) + ": the old settings stay in force");
    return faults_.set("configuration", "reload failed: " + core::describe(done.error()));
  }
  loaded_ = std::move(loaded);
  asking_.reset();
  log_.reconfigure(loaded_.config.log.level, loaded_.config.log.format);
  last_word_->set_reserve(loaded_.config.drain.report_reserve);
  node::SinkSet made = node::make_sinks(loaded_.config);
  report_unusable_sinks(made);
  reporter_->replace_sinks(std::move(made.sinks));
  faults_.set("configuration", std::nullopt);
  set_up_starter();
  open_metrics();
  status_->set_changed_files({});
  checks_->settings_are(loaded_, arguments_.config_file, service_.present() && !starter_);
  log_.info("reload.done", "the new settings are in force");
}

void Daemon::on_journal_entry(const core::Notice& notice, const drain::JournalEntry& entry) {
  faults_.set("drain", std::nullopt);
  if (status_) status_->metrics().count(entry);
  if (auto event = node::journal_event(notice, entry, follower_->record())) reporter_->put(std::move(*event));
  if (std::holds_alternative<drain::DrainFinished>(entry.body)) {
    log_.info("drain.finished", "the drain is over", {{"notice", notice.id}});
    checks_->look_now();
  }
  const bool hook =
      std::holds_alternative<drain::HookStarted>(entry.body) || std::holds_alternative<drain::HookFinished>(entry.body);
  if (!hook) last_word_->plan_again();
  if (status_) status_->write();
}

void Daemon::on_note(const report::Note& note) {
  const bool fine = note.kind == report::Note::Kind::delivered;
  const std::string text = std::string(report::name_of(note.kind)) + (note.detail.empty() ? "" : ": " + note.detail);
  if (fine) faults_.set(sink_feature(note.sink), std::nullopt);  // its files have been put right
  if (evidence_) evidence_->delivered(note, core::system_clock().wall_now());
  log_.say(fine ? sys::Level::debug : sys::Level::warning, "report." + std::string(report::name_of(note.kind)), text,
           {{"sink", note.sink}, {"type", note.event_type}, {"id", note.event_id}});
  if (status_) status_->write_soon();
}

void Daemon::on_finding(const NodeChecks::Finding& finding) {
  faults_.set("looking after hooks and files", std::nullopt);
  if (finding.hooks) {
    const HookCheck& check = *finding.hooks;
    status_->set_hooks(check.status);
    for (const auto& complaint : check.complaints) log_.error("hook.unusable", complaint);
    log_.say(check.status.fits ? sys::Level::info : sys::Level::warning, "plan.verdict", check.status.verdict,
             {{"hooks", std::to_string(check.status.ok)}});
  }
  if (!starter_) {
    faults_.set("the start of a drain", finding.no_drain);
    status_->set_no_drain(finding.no_drain);
  }
  status_->set_changed_files(finding.changed);
  status_->write();
}

/// A metadata lane that does not come back, although each of its requests has a time limit, is as bad as a loop that
/// hangs.
void Daemon::feed_watchdog() {
  const auto& settings = loaded_.config.metadata;
  if (!asking_) asking_.emplace(kLaneSilent + 2 * settings.interval + 20 * settings.timeout, 2 * kTick);
  const bool alive = asking_->alive(watcher_->metadata_asked(), core::BootClock::now());
  if (alive) service_.watchdog();
  faults_.set("the metadata lane",
              alive ? std::nullopt
                    : std::optional<std::string>("it hangs; the watchdog is not fed, so that the agent starts again"));
}

void Daemon::report_start() {
  const auto& state = watcher_->state();
  const bool known = !state.identity.instance_id.empty();
  if (start_reported_ || (!known && core::BootClock::now() - *state.started <= kIdentityPatience)) return;
  start_reported_ = true;
  reporter_->put(node::agent_event("agent.started", state.identity, started_at_));
}

void Daemon::tick() {
  watcher_->tick();
  feed_watchdog();
  log_.write_repeats();
  reporter_->ensure_running();
  disk_->ensure_running();
  report_start();
  reporter_->set_clock_error(watcher_->state().clock_error);
  const auto now = core::BootClock::now();
  if (auto hung = checks_->tick(now)) faults_.set("looking after hooks and files", std::move(hung));
  if (!follower_->over()) evidence_->write_soon();
  status_->tick(now);
  const std::string& textfile = loaded_.config.metrics.textfile;
  if (!textfile.empty()) disk_->write_metrics(textfile, status_->metrics_text());
  const core::Millis fed = service_.watchdog_limit().value_or(kTick * 2) / 2;
  const bool young = now - *watcher_->state().started < kYoung;
  tick_ = loop_->after(std::min(young ? kTickWhenYoung : kTick, fed), [this] { tick(); });
}

}  // namespace preemptd::daemon
