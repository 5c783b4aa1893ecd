#include "daemon/sources/watcher.h"

#include <utility>

#include "node/metadata_options.h"

namespace preemptd::daemon {
namespace {

watch::Settings settings_of(const config::Config& config) {
  return {config.drain.window, config.control.interval, config.control.enabled, config.rehearsal.speed};
}

}  // namespace

Watcher::Watcher(OnEffect on_effect)
    : on_effect_(std::move(on_effect)),
      boot_id_(core::current_boot_id()),
      stats_(std::make_shared<PollStats>(core::BootClock::now())) {}

core::Result<std::unique_ptr<Watcher>> Watcher::open(sys::Loop& loop, const config::Config& config,
                                                     OnEffect on_effect) {
  std::unique_ptr<Watcher> watcher(new Watcher(std::move(on_effect)));
  auto mailbox =
      sys::Mailbox<PollResult>::open(loop, [w = watcher.get()](PollResult heard) { w->hear(std::move(heard)); });
  if (!mailbox) return tl::unexpected(mailbox.error());
  watcher->mailbox_ = std::move(*mailbox);
  watcher->run_folder_ = config.paths.run;
  watcher->results_ = std::make_shared<ResultSender<PollResult>>(*watcher->mailbox_);
  if (auto started = watcher->start_lanes(config); !started) return tl::unexpected(started.error());
  watcher->recall_boot();
  return watcher;
}

Watcher::~Watcher() {
  if (results_) results_->close();
}

core::Result<void> Watcher::start_lanes(const config::Config& config) {
  auto transport = node::make_metadata_transport();
  if (!transport) return tl::unexpected(transport.error());

  std::unique_ptr<ControlLane> control;
  if (config.control.enabled) {
    auto lane = ControlLane::open(config, stats_, results_);
    if (!lane) return tl::unexpected(lane.error());
    control = std::move(*lane);
  }
  settings_ = settings_of(config);
  stats_->unseen.set_ordinary(3 * config.metadata.interval);
  control_ = std::move(control);
  metadata_ = std::make_unique<MetadataLane>(config.metadata, std::move(*transport), stats_, results_);
  take_configured_identity(config.control);
  pass_identity_to_control();
  return {};
}

/// What the metadata service says of who we are counts more.
void Watcher::take_configured_identity(const config::Control& control) {
  const std::string& known = state_.identity.instance_id;
  if (control.instance_id.empty() || control.instance_id == known || (!known.empty() && known != configured_id_))
    return;
  configured_id_ = control.instance_id;
  step(watch::IdentityKnown{{control.instance_id, control.region, "", ""}});
}

core::Result<void> Watcher::reconfigure(const config::Config& config) {
  return start_lanes(config);
}

void Watcher::found(const core::Notice& notice) {
  step(watch::NoticeFound{notice});
}

void Watcher::tick() {
  if (const auto running = metadata_->ensure_running(); !running) step(watch::MetadataAnswer{running.error()});
  if (control_)
    if (const auto running = control_->ensure_running(); !running) step(watch::ControlAnswer{running.error()});
  step(watch::Tick{stats_->metadata.last_good(), stats_->control.last_good()});
}

void Watcher::hear(PollResult heard) {
  if (auto* metadata = std::get_if<MetadataPollResult>(&heard)) {
    if (metadata->clock_error) step(watch::ClockMeasured{*metadata->clock_error});
    if (metadata->identity) take_identity(std::move(*metadata->identity));
    recall_identity();
    return step(std::move(metadata->answer));
  }
  auto& control = std::get<ControlPollResult>(heard);
  if (control.clock_error && !state_.metadata.last_good) step(watch::ClockMeasured{*control.clock_error});
  step(std::move(control.answer));
}

void Watcher::step(const watch::Event& event) {
  const watch::Now now{core::BootClock::now(), core::system_clock().wall_now(), boot_id_};
  auto [next, effects] = watch::step(settings_, std::move(state_), event, now);
  state_ = std::move(next);
  if (std::holds_alternative<watch::IdentityKnown>(event)) pass_identity_to_control();
  metadata_->set_attentive(watch::wants_every_answer(state_));
  if (control_) control_->set_need(watch::control_need(state_));
  for (const auto& effect : effects) act(effect);
  remember_boot();
}

void Watcher::act(const watch::Effect& effect) {
  if (std::holds_alternative<watch::AskControlNow>(effect) && control_) control_->ask_now();
  if (const auto* trouble = std::get_if<watch::Trouble>(&effect))
    (trouble->source == core::Source::metadata ? metadata_trouble_ : control_trouble_) = trouble->error;
  if (const auto* recovered = std::get_if<watch::Recovered>(&effect))
    (recovered->source == core::Source::metadata ? metadata_trouble_ : control_trouble_).reset();
  on_effect_(effect);
}

void Watcher::take_identity(core::Result<core::Identity> identity) {
  if (identity) {
    said_by_metadata_ = true;
    return step(watch::IdentityKnown{std::move(*identity)});
  }
  recall_identity();
  step(watch::IdentityMissing{std::move(identity.error())});
}

void Watcher::pass_identity_to_control() {
  if (control_ && !state_.identity.instance_id.empty()) control_->set_identity(state_.identity);
}

void Watcher::recall_boot() {
  const auto memory = node::recall_boot(run_folder_, boot_id_);
  if (!memory) return;
  remembered_ = *memory;
  step(watch::Recalled{memory->behavior, memory->looked, memory->first_time});
}

void Watcher::recall_identity() {
  if (!state_.identity.instance_id.empty() || std::exchange(recalled_, true)) return;
  if (!remembered_.identity.instance_id.empty()) step(watch::IdentityKnown{remembered_.identity});
}

void Watcher::remember_boot() {
  const auto& view = state_.metadata_view;
  node::BootMemory now{state_.identity, state_.behavior, view.looked, view.first_time};
  if (!said_by_metadata_) now.identity = remembered_.identity;  // a configured id is not this boot's
  if (now.identity.instance_id.empty() || now == remembered_) return;
  remembered_ = std::move(now);
  node::remember_boot(run_folder_, boot_id_, remembered_);
}

bool Watcher::other_watches(core::Source source) const {
  if (source == core::Source::operation_lock) return !metadata_trouble_;
  return control_ && !control_trouble_ && !state_.identity.instance_id.empty();
}

}  // namespace preemptd::daemon
