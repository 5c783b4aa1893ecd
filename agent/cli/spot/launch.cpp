#include <nlohmann/json.hpp>

#include "cli/ecs/commands.h"
#include "cli/ecs/launch_options.h"
#include "cli/host/interruption.h"
#include "cli/session/waiting.h"
#include "cli/spot/launch_plan.h"
#include "cli/spot/likeness.h"
#include "cli/terminal/numbers.h"
#include "core/notice.h"
#include "core/text.h"
#include "ecs/credentials/sources.h"
#include "ecs/signing/digest.h"
#include "sys/file_lock.h"
#include "sys/files.h"

namespace preemptd::cli {
namespace {

using core::ErrorCode;

/// The only place of a launch whose template or file names the type.
constexpr const char* kAsGiven = "as given";

struct SpotLaunchOptions {
  LaunchOptions launch;
  std::vector<std::string> places;
  std::optional<double> budget;
  std::string like;
  std::string state_file;
};

void declare(Arguments& arguments, SpotLaunchOptions& options) {
  declare_run(arguments, options.launch);
  arguments.texts("--try", "TYPE[@ZONE]", options.places,
                  "A place to try, in order; may be repeated. ZONE may be a vSwitch's id");
  arguments.price("--budget", "PRICE", options.budget, "What all of them together may cost an hour at most");
  arguments.text("--like", "ID", options.like, "Take from this instance, or from self, what is not given");
  arguments.text("--state", "FILE", options.state_file,
                 "Where what was begun is remembered (default below XDG_STATE_HOME or ~/.local/state)");
}

/// A launch's file: who has it open is the only one that launches.
class Remembered {
 public:
  static core::Result<Remembered> open(const std::string& file, SpotLaunch wanted);
  /// Of one place: its token alone makes a repeat safe.
  explicit Remembered(SpotLaunch wanted) : launch(std::move(wanted)) {}

  SpotLaunch launch;

  core::Result<void> save() const {
    if (!lock_) return {};
    return sys::write_file_atomically(file_, to_json(launch).dump(2) + "\n", 0600, sys::Durable::yes);
  }

 private:
  std::string file_;
  std::optional<sys::FileLock> lock_;
};

core::Result<Remembered> Remembered::open(const std::string& file, SpotLaunch wanted) {
  constexpr std::size_t kLongest = 1 << 20;
  if (auto made = sys::make_folders(sys::folder_of(file), 0700); !made) return tl::unexpected(made.error());
  auto lock = sys::FileLock::take(file + ".lock");
  if (!lock) return core::fail(lock.error().code, "another preemptctl is at this launch: " + lock.error().what, file);
  Remembered remembered(std::move(wanted));
  remembered.file_ = file;
  remembered.lock_ = std::move(*lock);
  const auto text = sys::read_file(file, kLongest, sys::Links::refuse);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return remembered;
  auto known = spot_launch_in(**text);
  if (!known) return core::fail(ErrorCode::bad_input, known.error().what, file);
  const auto& now = remembered.launch;
  if (known->token != now.token || known->places != now.places || known->quantity != now.quantity)
    return core::fail(ErrorCode::bad_input,
                      "was begun with other places or another amount; give the same, or leave out --client-token for a "
                      "new launch",
                      file);
  remembered.launch = std::move(*known);
  return remembered;
}

core::Result<std::string> file_for(const SpotLaunchOptions& options, const std::string& token) {
  if (!options.state_file.empty()) return sys::absolute_path(options.state_file);
  const auto environment = ecs::process_environment();
  const auto state = environment("XDG_STATE_HOME").value_or(""), home = environment("HOME").value_or("");
  if (state.empty() && home.empty())
    return core::fail(ErrorCode::bad_input, "no place to remember what is launched: set HOME, or give --state FILE");
  if (!core::is_plain_name(token))
    return core::fail(ErrorCode::bad_input, "a token has letters, digits, '.', '-' and '_'", "--client-token");
  return (state.empty() ? home + "/.local/state" : state) + "/preemptctl/launches/" + token + ".json";
}

core::Result<Remembered> remember(const SpotLaunchOptions& options, SpotLaunch plan) {
  if (plan.places.size() == 1 && options.state_file.empty()) return Remembered(std::move(plan));
  const auto file = file_for(options, plan.token);
  if (!file) return tl::unexpected(file.error());
  return Remembered::open(*file, std::move(plan));
}

ecs::Launch at_place(ecs::Launch launch, const SpotLaunch& plan, std::size_t number) {
  const auto& attempt = plan.attempts[number];
  if (const auto place = parse_place(plan.places[attempt.place])) {
    launch.instance_type = place->instance_type;
    if (!place->zone_id.empty() || !place->vswitch_id.empty()) {
      launch.zone_id = place->zone_id;
      launch.vswitch_id = place->vswitch_id;
    }
  }
  launch.amount = attempt.asked;
  if (plan.places.size() > 1) launch.min_amount = 1;
  launch.base["ClientToken"] = token_of(plan, number);
  return launch;
}

void say_how_to_go_on(CloudSession& session, const SpotLaunch& plan) {
  session.out().note("to go on without launching anything twice, give the same command --client-token " + plan.token);
}

void note_attempt(Output& out, const SpotLaunch& plan, const Attempt& attempt) {
  const auto place = core::printable(plan.places[attempt.place], 80);
  if (!attempt.refusal.empty()) {
    out.note(place + ": " + core::printable(attempt.refusal, 80));
  } else {
    out.note(place + ": " + std::to_string(attempt.instance_ids.size()) + " of " + std::to_string(attempt.asked) +
             " made: " + core::printable(core::join(attempt.instance_ids), 4096));
  }
}

/// Sends attempts until there are enough or none is left; the failure that ended it early.
ecs::Result<void> try_places(CloudSession& session, const ecs::Launch& launch, Remembered& remembered) {
  auto& plan = remembered.launch;
  while (const auto number = next_attempt(plan)) {
    if (interrupted()) return ecs::failed(ErrorCode::timed_out, "interrupted");
    auto& attempt = plan.attempts[*number];
    if (const auto saved = remembered.save(); !saved) return ecs::failed(saved.error());
    session.out().progress("launching " + std::to_string(attempt.asked) + " " +
                           core::printable(plan.places[attempt.place], 80));
    const auto call = ecs::run_instances_call(session.client(), at_place(launch, plan, *number));
    auto made = ecs::run_instances(session.client(), call, session.by());
    const auto* server = made || !made.error().server ? nullptr : &*made.error().server;
    const bool elsewhere =
        plan.places.size() > 1 && server != nullptr && !made.error().may_have_happened && may_be_had_elsewhere(*server);
    if (!made && !elsewhere) return tl::unexpected(made.error());
    attempt.answered = true;
    if (made) attempt.instance_ids = std::move(made->instance_ids);
    if (!made) attempt.refusal = server->code;
    session.out().progress("");
    note_attempt(session.out(), plan, attempt);
    if (const auto saved = remembered.save(); !saved) session.out().warning(core::describe(saved.error()));
  }
  return {};
}

Json attempts_json(const SpotLaunch& plan) {
  Json all = Json::array();
  for (const auto& attempt : plan.attempts) {
    all.push_back({{"place", plan.places[attempt.place]},
                   {"asked", attempt.asked},
                   {"answered", attempt.answered},
                   {"instance_ids", attempt.instance_ids},
                   {"refusal", attempt.refusal}});
  }
  return all;
}

void show(CloudSession& session, const SpotLaunch& plan, const std::optional<ecs::WaitOutcome>& waited) {
  Table table{{{"INSTANCE"}, {"PLACE"}, {"STATUS"}}, {}, "nothing was made", true};
  for (const auto& attempt : plan.attempts) {
    for (const auto& id : attempt.instance_ids) {
      std::string status;
      if (waited && statuses_of(*waited).contains(id)) status = statuses_of(*waited).at(id);
      table.rows.push_back(
          {core::printable(id, 128),
           core::printable(plan.places[attempt.place], 80),
           {status.empty() ? "made" : core::printable(status, 32), status == "Running" ? Tone::good : Tone::warn}});
    }
  }
  session.out().result({{"instance_ids", plan.instance_ids()},
                        {"running", waited && std::holds_alternative<ecs::Reached>(*waited)},
                        {"asked", plan.quantity},
                        {"made", plan.made()},
                        {"client_token", plan.token},
                        {"attempts", attempts_json(plan)}},
                       table);
}

/// Fewer than asked for are a success where --min-amount allows it, and otherwise said plainly.
Exit judge_amount(CloudSession& session, const SpotLaunch& plan, std::int64_t enough) {
  if (plan.made() >= plan.quantity) return Exit::ok;
  const auto sentence = "only " + std::to_string(plan.made()) + " of the " + std::to_string(plan.quantity) +
                        " asked for were made: no place is left to try";
  if (plan.made() >= enough) {
    session.out().warning(sentence);
    return Exit::ok;
  }
  session.out().error(sentence);
  return Exit::refused;
}

Exit launch_and_wait(CloudSession& session, const ecs::Launch& launch, Remembered& remembered, bool wait) {
  const auto& plan = remembered.launch;
  const auto tried = try_places(session, launch, remembered);
  session.out().progress("");
  std::optional<ecs::WaitOutcome> waited;
  std::optional<ecs::Failure> failure;
  if (!tried) failure = tried.error();
  if (tried && wait && plan.made() > 0) {
    auto outcome = wait_with_progress(session, plan.instance_ids(), "Running");
    if (outcome) waited = std::move(*outcome);
    if (!outcome) failure = outcome.error();
  }
  if (!failure || plan.made() > 0) show(session, plan, waited);
  if (failure) {
    const auto exit = session.report_failure(*failure);
    if (session.lost() == nullptr && plan.places.size() > 1) say_how_to_go_on(session, plan);
    return exit;
  }
  const auto exit = judge_amount(session, plan, launch.min_amount.value_or(plan.quantity));
  return exit == Exit::ok && waited ? report_wait(session, *waited) : exit;
}

/// Every place once, by the cloud's own check.
Exit dry_run(CloudSession& session, const ecs::Launch& launch, SpotLaunch plan) {
  Exit worst = Exit::ok;
  for (std::size_t place = 0; place < plan.places.size(); ++place) {
    plan.attempts.push_back({place, plan.quantity, false, {}, ""});
    const auto call = ecs::run_instances_call(session.client(), at_place(launch, plan, place));
    const auto sent = ecs::run_instances(session.client(), call, session.by());
    if (sent || ecs::is_dry_run_passed(sent.error())) {
      session.out().note(core::printable(plan.places[place], 80) + ": the cloud would do it");
      continue;
    }
    session.out().note(core::printable(plan.places[place], 80) + ":");
    worst = session.report_failure(sent.error());
  }
  return worst;
}

core::Result<std::vector<std::string>> places_of(const SpotLaunchOptions& options, const ecs::Launch& launch) {
  for (const auto& word : options.places) {
    if (const auto place = parse_place(word); !place) return tl::unexpected(place.error());
  }
  if (!options.places.empty()) {
    if (!options.launch.launch.instance_type.empty())
      return core::fail(ErrorCode::bad_input, "--type and --try: give the types as --try alone");
    return options.places;
  }
  const bool elsewhere = !launch.launch_template_id.empty() || !launch.base.empty();
  if (launch.instance_type.empty() && elsewhere) return std::vector<std::string>{kAsGiven};
  if (launch.instance_type.empty())
    return core::fail(ErrorCode::bad_input, "nothing to launch: give --type, --try or --like");
  const auto where = launch.vswitch_id.empty() ? launch.zone_id : launch.vswitch_id;
  return std::vector{launch.instance_type + (where.empty() ? "" : "@" + where)};
}

core::Result<void> keep_budget(const SpotLaunchOptions& options, ecs::Launch& launch) {
  if (!options.budget) return {};
  const auto limit = limit_within(*options.budget, launch.spot_price_limit, asked_of(launch));
  if (!limit) return tl::unexpected(limit.error());
  launch.spot_strategy = "SpotWithPriceLimit";
  launch.spot_price_limit = *limit;
  return {};
}

Exit refuse(CloudSession& session, const core::Error& error) {
  session.out().error(error);
  return Exit::failed;
}

Exit launch_spot(CloudSession& session, const SpotLaunchOptions& options) {
  LaunchOptions given = options.launch;
  given.spot = !given.price_limit;
  auto launch = launch_from(given);
  if (!launch) return refuse(session, launch.error());
  if (!options.like.empty()) {
    if (const auto like = make_like(session, options.like, *launch); !like) return session.report_failure(like.error());
  }
  const auto places = places_of(options, *launch);
  if (!places) return refuse(session, places.error());
  if (const auto kept = keep_budget(options, *launch); !kept) return refuse(session, kept.error());
  doubt_names(session, *launch, "RunInstances");
  const auto& token = session.options().client_token;
  SpotLaunch plan{token.empty() ? ecs::random_hex() : launch_token(token), *places, asked_of(*launch), {}};
  if (session.options().dry_run) return dry_run(session, *launch, std::move(plan));
  auto remembered = remember(options, std::move(plan));
  if (!remembered) return refuse(session, remembered.error());
  const Interruption interruption;
  return interruption.end_with(launch_and_wait(session, *launch, *remembered, !options.launch.no_wait));
}

}  // namespace

Command spot_launch_command() {
  CloudOptions cloud;
  cloud.takes_client_token = true;
  cloud.makes_tokens = true;
  return cloud_command<SpotLaunchOptions>(
      "spot launch", "Launch preemptible instances where they can be had",
      "Tries the places given by --try in order, until there are as many as asked for. One without stock, or dearer "
      "than\n"
      "the limit, leads to the next; anything else ends the launch. With --budget each one's price limit is its share, "
      "so\n"
      "that all together never cost more. Fewer than asked for are exit 2, or a warning where --min-amount allows it.\n"
      "What was begun is remembered in a file: the same command with the --client-token it prints goes on where it "
      "was\n"
      "ended, and launches nothing twice.\n\n"
      "--like takes image, type, place, security groups, key pair, RAM role, system disk, price limit and tags from "
      "an\n"
      "instance, not its user data, data disks and addresses.",
      declare, launch_spot, cloud);
}

}  // namespace preemptd::cli
