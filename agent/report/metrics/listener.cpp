#include "report/metrics/listener.h"

#include <httplib.h>

#include <array>
#include <charconv>
#include <future>
#include <optional>
#include <utility>

#include "core/text.h"
#include "sys/mailbox.h"
#include "sys/worker.h"

namespace preemptd::report {
namespace {

constexpr auto kPatience = std::chrono::seconds(2);
constexpr std::size_t kThreads = 2;

struct Asked {
  std::string path;
  std::shared_ptr<std::promise<Page>> page;
};

struct Address {
  std::string host;
  int port = 0;
};

std::optional<Address> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  Address address;
  const auto port = text.substr(colon + 1);
  const auto read = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (read.ec != std::errc{} || read.ptr != port.data() + port.size() || address.port < 0 || address.port > 65535)
    return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  // An IPv6 address without brackets would lose its last group to the port.
  if (!bracketed && host.find(':') != std::string_view::npos) return std::nullopt;
  address.host = host;
  return address;
}

/// The library's own pool ends the process when a thread cannot be started.
class Workers final : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> answer) override { workers_[next_++ % kThreads].post(std::move(answer)); }
  void shutdown() override {
    for (auto& worker : workers_) worker.finish(2 * kPatience);
  }

 private:
  std::array<sys::Worker, kThreads> workers_;
  std::size_t next_ = 0;
};

}  // namespace

struct Listener::Parts {
  httplib::Server server;
  std::unique_ptr<sys::Mailbox<Asked>> asked;
  int port = 0;
  std::unique_ptr<sys::Worker> thread;  ///< dies first

  void answer(const httplib::Request& request, httplib::Response& response) {
    auto page = std::make_shared<std::promise<Page>>();
    auto made = page->get_future();
    asked->post({request.path, std::move(page)});
    Page shown{503, "text/plain; charset=utf-8", "preemptd's loop does not answer\n"};
    if (made.wait_for(kPatience) == std::future_status::ready) shown = made.get();
    response.status = shown.status;
    response.set_content(shown.body, shown.type);
  }

  void set_up() {
    server.new_task_queue = [] { return new Workers; };
    server.set_keep_alive_max_count(1);
    server.set_read_timeout(kPatience);
    server.set_write_timeout(kPatience);
    server.set_payload_max_length(1024);
    // The library's own choice adds SO_REUSEPORT, with which two programs could share the port unnoticed.
    server.set_socket_options([](socket_t socket) {
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    for (const char* path : {"/metrics", "/healthz", "/status"}) {
      server.Get(path,
                 [this](const httplib::Request& request, httplib::Response& response) { answer(request, response); });
    }
  }
};

Listener::Listener(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Listener::~Listener() {
  parts_->server.stop();
}

core::Result<std::unique_ptr<Listener>> Listener::open(sys::Loop& loop, const std::string& text,
                                                       std::function<Page(std::string_view path)> render) {
  const auto address = parse_address(text);
  if (!address) return core::fail(core::ErrorCode::bad_input, "is not ADDRESS:PORT", core::printable(text, 100));
  auto parts = std::make_unique<Parts>();
  auto asked = sys::Mailbox<Asked>::open(
      loop, [render = std::move(render)](Asked wanted) { wanted.page->set_value(render(wanted.path)); });
  if (!asked) return tl::unexpected(asked.error());
  parts->asked = std::move(*asked);
  parts->set_up();
  if (address->port == 0) {
    parts->port = parts->server.bind_to_any_port(address->host);
  } else if (parts->server.bind_to_port(address->host, address->port)) {
    parts->port = address->port;
  }
  if (parts->port <= 0)
    return core::fail(core::ErrorCode::local, "cannot listen here: the address is taken, or not one of this machine",
                      text);
  parts->thread = std::make_unique<sys::Worker>();
  parts->thread->post([server = &parts->server] { server->listen_after_bind(); });
  return std::unique_ptr<Listener>(new Listener(std::move(parts)));
}

int Listener::port() const {
  return parts_->port;
}

}  // namespace preemptd::report
