#include "node/sink_factory.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "fakes/temp_folder.h"

using namespace preemptd;

namespace {

config::Sink sink_of(const std::string& type) {
  config::Sink sink;
  sink.name = "ops";
  sink.type = type;
  sink.url = "https://ops.example/in";
  sink.command = {"/bin/true"};
  return sink;
}

/// What make_sinks complains of; "" when it makes the sink.
std::string complaint(const config::Sink& sink) {
  config::Config config;
  config.sinks = {sink};
  const auto made = node::make_sinks(config);
  CHECK(made.sinks.size() == 1);
  return made.errors.empty() ? "" : made.errors[0].what;
}

report::SinkTraits traits(const config::Sink& sink) {
  config::Config config;
  config.sinks = {sink};
  return node::make_sinks(config).sinks.at(0).traits;
}

report::Delivery a_delivery() {
  report::Delivery delivery;
  delivery.event = {.id = "e", .type = "preemptd.notice.seen", .source = "preemptd://r/i", .subject = "i", .time = {}};
  delivery.by = core::Deadline::after(core::BootClock::now(), core::Seconds(5));
  return delivery;
}

}  // namespace

TEST_CASE("sinks: every type the configuration knows can be made") {
  for (const char* type : {"webhook", "dingtalk", "feishu", "wecom", "slack", "tag", "cloudmonitor", "exec"}) {
    CAPTURE(type);
    CHECK(complaint(sink_of(type)) == "");
  }
  CHECK(complaint(sink_of("pigeon")) == "[sink.ops] unknown type 'pigeon'");
}

TEST_CASE("sinks: the metadata service and link-local addresses are no places for reports") {
  for (const char* url : {"http://100.100.100.200/x", "http://100.100.100.200:80", "https://169.254.169.254/",
                          "http://[fe80::1]/x", "http://1684301000/", "http://[::ffff:100.100.100.200]:8080/"}) {
    auto sink = sink_of("webhook");
    sink.url = url;
    CAPTURE(url);
    CHECK(complaint(sink) == "[sink.ops] reports are never sent to the metadata service or a link-local address");
  }
  auto loopback = sink_of("webhook");
  loopback.url = "http://127.0.0.1:8080/in";
  CHECK(complaint(loopback) == "");
}

TEST_CASE("sinks: secrets that are missing, open to others or no secrets are told, without their content") {
  fakes::TempFolder folder;
  const std::string open = folder.write("open", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  const std::string wrong = folder.write("wrong", "hunter2");
  ::chmod(wrong.c_str(), 0600);
  const struct {
    std::string file;
    const char* says;
  } cases[] = {{folder / "missing", "[sink.ops] there is no such file"},
               {open, "[sink.ops] others can read or write this secret (chmod 0400, or 0640 with the service's group)"},
               {wrong, "[sink.ops] line 1 is not a secret of the form whsec_<base64 of 24 to 64 bytes>"}};
  for (const auto& c : cases) {
    auto sink = sink_of("webhook");
    sink.secret_file = c.file;
    CHECK(complaint(sink) == c.says);
  }
}

TEST_CASE("sinks: an address out of a file must be one") {
  fakes::TempFolder folder;
  for (const char* text : {"ops.example/in", "file:///etc/shadow", ""}) {
    const auto path = folder.write("url", text);
    ::chmod(path.c_str(), 0600);
    auto sink = sink_of("slack");
    sink.url.clear();
    sink.url_file = path;
    CAPTURE(text);
    CHECK(complaint(sink) != "");
  }
}

TEST_CASE("sinks: an address out of a file is its first line, whatever follows") {
  fakes::TempFolder folder;
  for (const char* text : {"http://127.0.0.1:1/x\n", "http://127.0.0.1:1/x\r\n# of the night shift\n",
                           "\nhttp://127.0.0.1:1/x \nhttps://other.example/\n"}) {
    auto sink = sink_of("slack");
    sink.url.clear();
    sink.url_file = folder.write("url", text);
    ::chmod(sink.url_file.c_str(), 0600);
    config::Config config;
    config.sinks = {sink};
    CAPTURE(text);
    CHECK(node::make_sinks(config).sinks[0].sink->deliver(a_delivery()).detail.find("connect to 127.0.0.1 port 1") !=
          std::string::npos);
  }
}

TEST_CASE("sinks: credentials of systemd are the process's own, or else the service's") {
  fakes::TempFolder own, service;
  own.write("mine", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  service.write("ops-secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  config::Config config;
  config.sinks = {sink_of("webhook"), sink_of("webhook")};
  config.sinks[0].secret_file = "mine";
  config.sinks[1].secret_file = "ops-secret";
  const auto missing = [&] {
    std::string names;
    for (const auto& error : node::make_sinks(config, service.path()).errors) names += error.where + " ";
    return names;
  };
  CHECK(missing() == service / "mine" + " ");
  ::setenv("CREDENTIALS_DIRECTORY", own.path().c_str(), 1);
  CHECK(missing() == own / "ops-secret" + " ");
  ::unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_CASE("sinks: a template that does not make JSON is found at start") {
  fakes::TempFolder folder;
  auto sink = sink_of("webhook");
  sink.template_file = folder.write("good.mustache", R"({"text":"{{type}}"})");
  CHECK(complaint(sink) == "");
  sink.template_file = folder.write("bad.mustache", "{{type}");
  CHECK(complaint(sink) != "");
  sink.template_file = folder / "missing";
  CHECK(complaint(sink) == "[sink.ops] there is no such file");
}

TEST_CASE("sinks: chats and tags are spared single hooks unless they ask for them") {
  CHECK(traits(sink_of("webhook")).events.empty());
  for (const char* type : {"slack", "tag"}) {
    const auto made = traits(sink_of(type));
    CHECK(made.merge_progress_above == 0);
    CHECK((made.pause == core::Seconds(3)) == (std::string(type) != "tag"));
    CHECK(made.latest_only == (std::string(type) == "tag"));
    CHECK_FALSE(made.events.empty());
    for (const auto& event : made.events) CHECK(event != "preemptd.hook.finished");
  }
  auto chatty = sink_of("slack");
  chatty.events = {"preemptd.hook.finished"};
  CHECK(traits(chatty).events == chatty.events);
}

TEST_CASE("sinks: a disabled one is neither made nor complained of, and a broken one costs the others nothing") {
  config::Config config;
  auto off = sink_of("pigeon");
  off.enabled = false;
  config.sinks = {off, sink_of("pigeon"), sink_of("exec")};
  const auto made = node::make_sinks(config);
  CHECK(made.sinks.size() == 2);
  CHECK(made.errors.size() == 1);
}

TEST_CASE("sinks: one that cannot be made keeps what it is owed, says why, and works once its file is corrected") {
  fakes::TempFolder folder;
  auto sink = sink_of("exec");
  sink.type = "slack";
  sink.url.clear();
  sink.url_file = folder / "url";
  config::Config config;
  config.sinks = {sink};
  const auto made = node::make_sinks(config);
  const auto delivery = a_delivery();
  CHECK(made.sinks[0].sink->deliver(delivery) ==
        report::DeliveryOutcome::retry(sink.url_file + ": there is no such file"));
  ::chmod(folder.write("url", "http://127.0.0.1:1/x").c_str(), 0600);
  CHECK(made.sinks[0].sink->deliver(delivery).detail.find("such file") == std::string::npos);
}
