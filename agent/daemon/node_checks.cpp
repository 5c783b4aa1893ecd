#include "daemon/node_checks.h"

#include <utility>

#include "daemon/drains/drain_readiness.h"

namespace preemptd::daemon {
namespace {

/// An alert within a minute; systemctl costs some milliseconds.
constexpr core::Millis kLookEvery = core::Seconds(30);
constexpr core::Millis kHangs = core::Seconds(20);

}  // namespace

core::Result<std::unique_ptr<NodeChecks>> NodeChecks::open(sys::Loop& loop, OnFinding on_finding) {
  std::unique_ptr<NodeChecks> checks(new NodeChecks);
  auto box = sys::Mailbox<Finding>::open(
      loop, [self = checks.get(), on_finding = std::move(on_finding)](const Finding& finding) {
        self->looking_since_.reset();
        on_finding(finding);
      });
  if (!box) return tl::unexpected(box.error());
  checks->findings_ = std::move(*box);
  return checks;
}

void NodeChecks::settings_are(const config::Loaded& loaded, const std::string& main_file, bool asks_manager) {
  subject_ = std::make_shared<Subject>();
  subject_->config = loaded.config;
  subject_->files = files_in_force(loaded, main_file);
  subject_->asks_manager = asks_manager;
  worker_.post([subject = subject_] { subject->in_force = stamps_of(subject->files); });
  look_now();
}

void NodeChecks::look_now() {
  worker_.post([subject = subject_] { subject->folders.reset(); });
  look();
}

std::optional<std::string> NodeChecks::tick(core::BootTime now) {
  if (looking_since_ && now - *looking_since_ > kHangs)
    return "a file or folder of hooks, settings or sinks does not answer (a dead mount?)";
  if (!looking_since_ && now >= next_) look();
  return std::nullopt;
}

void NodeChecks::look() {
  const auto now = core::BootClock::now();
  next_ = now + kLookEvery;
  if (!looking_since_) looking_since_ = now;
  worker_.post([subject = subject_, box = findings_.get()] { box->post(examine(*subject)); });
}

NodeChecks::Finding NodeChecks::examine(Subject& subject) {
  Finding finding;
  auto folders = stamps_of(subject.config.hooks.folders);
  if (subject.folders != folders) finding.hooks = check_hooks(subject.config);
  subject.folders = std::move(folders);
  finding.changed = changed_since(subject.in_force, stamps_of(subject.files));
  if (subject.asks_manager) finding.no_drain = why_no_drain_would_start();
  return finding;
}

}  // namespace preemptd::daemon
