#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cli/command/command.h"
#include "cli/session/lost_answer.h"
#include "core/clock.h"
#include "ecs/client/client.h"

/// What the control plane's commands share: the options that say which account, region and endpoint, a client made of
/// them, and how its failures are reported.
namespace preemptd::cli {

/// Options of every command that talks to the control plane.
struct CloudOptions {
  std::string profile;
  std::string region;
  std::string endpoint;
  bool in_vpc = false;
  bool signature_v1 = false;
  bool dry_run = false;
  bool show_request = false;
  bool lenient_credentials = false;
  bool takes_client_token = false;  ///< the command makes something, and has --client-token
  std::string client_token;
  bool makes_tokens = false;  ///< the command makes its calls' tokens of --client-token itself
  std::optional<core::Millis> timeout = core::Seconds(300);  ///< nothing: for ever
};
void declare_cloud(Arguments& arguments, CloudOptions& options);

/// What the threads of one command share.
struct ThreadsShared {
  std::mutex turn;        ///< for keys, and for everything that is said
  std::mutex one_by_one;  ///< held during a call once the account is throttled; taken before `turn`
  std::atomic<bool> throttled{false};
};

/// A client for a thread of its own: other connections, the session's key. Once any of them hears of too many calls,
/// they make theirs one by one: side by side they would only use up each other's tries.
class ThreadClient {
 public:
  virtual ~ThreadClient() = default;
  virtual ecs::Client& client() = 0;
  /// Around each question that is asked with the client. begin() may block as long as another thread's question takes.
  virtual void begin() = 0;
  virtual void end() = 0;
};

/// One command's use of the control plane. Region: flag, ALIBABA_CLOUD_REGION_ID, the profile's, the configuration's,
/// this instance's own. Endpoint: flag, ALIBABA_CLOUD_ENDPOINT, the profile's, the configuration's. Proxy: the
/// configuration's, HTTPS_PROXY less NO_PROXY. Credentials: --profile, else the official search, in which a source that
/// was asked for and cannot be used is an error unless --lenient-credentials is given.
class CloudSession {
 public:
  static core::Result<std::unique_ptr<CloudSession>> open(Context& context, const CloudOptions& options);
  ~CloudSession();

  ecs::Client& client();
  /// One more client, for another thread; `shared` and the session must outlive it. While one is in use, client() and
  /// out() are for whoever holds ThreadsShared::turn. Local fault when libcurl cannot be started.
  core::Result<std::unique_ptr<ThreadClient>> thread_client(ThreadsShared& shared);
  Output& out() { return context_.out; }
  Context& context() { return context_; }
  const CloudOptions& options() const { return options_; }
  /// When this command has to be over.
  core::Deadline by() const { return by_; }

  /// Says a failure with what to do next, also that a change may have happened whose answer was lost, and answers what
  /// the shell gets: not_found for a thing that is not there, ok for a dry run that
  /// passed and for --show-request, refused for the cloud's no, failed for anything of ours and for an answer that is
  /// not the cloud's.
  Exit report_failure(const ecs::Failure& failure);

  /// Where the key that was last used came from, for people; "" before the first call.
  const std::string& key_source() const;
  /// The change whose answer was lost, where one was.
  const LostAnswer* lost() const;

  /// Asks before something that cannot be undone. Without a terminal only `yes` will do; false after saying why not.
  bool confirmed(const std::string& question, bool yes);

  /// The instance this program runs on; empty when it runs on none, or cannot find out in a second.
  std::string own_instance_id();

 private:
  struct Parts;
  CloudSession(Context& context, const CloudOptions& options);
  core::Result<void> prepare();
  bool wait(core::Millis time);
  void note_throttling(core::Millis time);
  std::string region_for(const std::string& configured);
  std::string endpoint_for(const std::string& configured);
  bool wants_vpc();
  core::Result<std::unique_ptr<http::HttpTransport>> network_transport() const;
  core::Result<void> open_transports();
  core::Result<void> find_credentials();
  ecs::ClientOptions client_options();
  std::string explanation(const ecs::Failure& failure) const;
  Problem problem_of(const ecs::Failure& failure) const;

  Context& context_;
  CloudOptions options_;
  core::Deadline by_;
  std::unique_ptr<Parts> parts_;
};

/// Adds the cloud's options, as they are in `defaults`, to a command's own; what it returns opens a session and runs
/// `body` in it.
Run in_session(Arguments& arguments, std::function<Exit(CloudSession&)> body, CloudOptions defaults = {});

/// A command whose options are `Options`, with the cloud's options added and a session opened before `run`.
template <typename Options>
Command cloud_command(std::string path, std::string summary, std::string details, void (*declare)(Arguments&, Options&),
                      Exit (*run)(CloudSession&, const Options&), const CloudOptions& defaults = {}) {
  return {.path = std::move(path),
          .summary = std::move(summary),
          .details = std::move(details),
          .declare = [declare, run, defaults](Arguments& arguments) -> Run {
            auto options = std::make_shared<Options>();
            declare(arguments, *options);
            return in_session(
                arguments, [options, run](CloudSession& session) { return run(session, *options); }, defaults);
          }};
}

}  // namespace preemptd::cli
