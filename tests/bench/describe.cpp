// CPU of one signed DescribeInstances call, floors and ours in the same run, against a canned answer on loopback.
//   describe [CALLS [NODE_SCRIPT]]        the table; with the official Node SDK beside it, by tests/bench/describe.sh
//   describe --serve INSTANCES            only the server; prints its URL, for tests/bench/cold.sh
// Floors: a kept libcurl handle, one signature, and nlohmann/json as a document or through its SAX interface.
#include <curl/curl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "ecs/credentials/static_credentials.h"
#include "ecs/instances/instance.h"
#include "ecs/lifecycle/spot_watch.h"
#include "ecs/signing/signed_request.h"
#include "fakes/loopback_listener.h"
#include "http/curl_transport.h"

namespace {

using namespace preemptd;
using nlohmann::json;

/// The example's first instance, `count` times, as a keep-alive HTTP answer.
std::string answer_of(int count) {
  std::ifstream file(PREEMPTD_TEST_DATA "/examples/describe-instances-normal.json");
  json example = json::parse(file);
  json list = json::array();
  const json first = example["Instances"]["Instance"][0];
  for (int i = 0; i < count; ++i) {
    list.push_back(first);
    list.back()["InstanceId"] = "i-" + std::to_string(i);
  }
  example["Instances"]["Instance"] = list;
  example["NextToken"] = "";
  const std::string body = example.dump();
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

struct Server {
  explicit Server(const std::string& answer) {
    const fakes::LoopbackListener listener;
    url = "http://" + listener.address();
    child = fork();
    if (child == 0) serve(listener, answer);
  }
  ~Server() {
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
  [[noreturn]] static void serve(const fakes::LoopbackListener& listener, const std::string& answer) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
      const int fd = listener.take();
      char buffer[65536];
      while (recv(fd, buffer, sizeof buffer, 0) > 0) {
        for (std::size_t sent = 0; sent < answer.size();) {
          const ssize_t n = send(fd, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
          if (n <= 0) break;
          sent += static_cast<std::size_t>(n);
        }
      }
      close(fd);
    }
  }
  std::string url;
  pid_t child = -1;
};

double cpu_ms() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto ms = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_usec) / 1e3;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

double per_call(int calls, const std::function<void()>& call) {
  for (int i = 0; i < calls / 10 + 1; ++i) call();
  const double before = cpu_ms();
  for (int i = 0; i < calls; ++i) call();
  return (cpu_ms() - before) / calls;
}

const ecs::Credentials kKey{"LTAIexample", core::Secret("secret"), core::Secret(std::string(600, 't')), "bench"};

/// Counts lock reasons and statuses, and keeps nothing.
struct Sax : nlohmann::json_sax<json> {
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return ++wanted_seen, true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool key(string_t& name) override { return wanted = name == "Status" || name == "LockReason", true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }
  bool wanted = false;
  long wanted_seen = 0;
};

struct Floor {
  explicit Floor(const std::string& base) : url(base) {
    curl_easy_setopt(
        handle, CURLOPT_WRITEFUNCTION, +[](char* data, std::size_t, std::size_t size, void* into) {
          static_cast<std::string*>(into)->append(data, size);
          return size;
        });
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, "");
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, 0L);
  }
  ~Floor() { curl_easy_cleanup(handle); }

  void fetch() {
    const auto request = ecs::signed_request(
        {ecs::kEcs, "DescribeInstances", {{"RegionId", "cn-hangzhou"}, {"MaxResults", "100"}}}, url, kKey,
        {core::system_clock().wall_now(), std::to_string(++nonce)}, ecs::SignatureVersion::v3);
    curl_slist* list = nullptr;
    for (const auto& header : request.headers)
      list = curl_slist_append(list, (header.name + ": " + header.value).c_str());
    curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, list);
    body.clear();
    if (curl_easy_perform(handle) != CURLE_OK) std::abort();
    curl_slist_free_all(list);
  }

  CURL* handle = curl_easy_init();
  std::string url;
  std::string body;
  long nonce = 0;
};

/// What the official Node SDK takes; nothing without a script, or where Node or the SDK is missing.
double by_node(const std::string& script, const Server& server, int instances, int calls) {
  if (script.empty()) return 0;
  const std::string command =
      "node " + script + " " + server.url + " " + std::to_string(calls) + " " + std::to_string(instances);
  FILE* output = popen(command.c_str(), "r");
  double found = 0;
  if (output == nullptr || std::fscanf(output, "%lf", &found) != 1) found = 0;
  if (output != nullptr) pclose(output);
  return found;
}

struct Floors {
  double bare, document, sax;
};

Floors measure_floors(const Server& server, int instances, int calls) {
  Floor floor(server.url);
  const double bare = per_call(calls, [&] { floor.fetch(); });
  const double dom = per_call(calls, [&] {
    floor.fetch();
    if (json::parse(floor.body, nullptr, false)["Instances"]["Instance"].size() != static_cast<std::size_t>(instances))
      std::abort();
  });
  const double sax = per_call(calls, [&] {
    floor.fetch();
    Sax events;
    if (!json::sax_parse(floor.body, &events)) std::abort();
  });
  return {bare, dom, sax};
}

struct Ours {
  double typed, watch, own;
};

Ours measure_ours(const Server& server, int instances, int calls) {
  http::CurlOptions options;
  options.schemes = http::Schemes::http_and_https;
  auto transport = http::make_curl_transport(options);
  ecs::StaticCredentials key(kKey);
  ecs::ClientOptions client_options;
  client_options.region = "cn-hangzhou";
  client_options.endpoint_overrides[""] = server.url;
  ecs::Client client(client_options, {**transport, key, core::system_clock(), {}, {}, {}});
  const auto by = [] { return core::Deadline::after(core::BootClock::now(), core::Seconds(10)); };
  const double typed = per_call(calls, [&] {
    const auto all = ecs::describe_instances(client, {}, by());
    if (!all || all->size() != static_cast<std::size_t>(instances)) std::abort();
  });
  const double watch = per_call(calls, [&] {
    int asked = 0;
    const auto seen = ecs::poll_instances(client, {}, by(), asked);
    if (!seen || seen->size() != static_cast<std::size_t>(instances)) std::abort();
  });
  const double own = per_call(calls, [&] {
    const auto seen = ecs::describe_own_instance(client, "cn-hangzhou", "i-0", by());
    if (!seen || !seen->instance) std::abort();
  });
  return {typed, watch, own};
}

void measure(int instances, int calls, const std::string& script) {
  // The server talks to one connection at a time: each is closed before the next is opened.
  const Server server(answer_of(instances));
  const auto floors = measure_floors(server, instances, calls);
  const auto ours = measure_ours(server, instances, calls);
  const double node = by_node(script, server, instances, calls);
  std::printf("%9d  %9.3f  %9.3f  %9.3f  %9.3f  %9.3f  %9.3f  %9.3f\n", instances, floors.bare, floors.document,
              floors.sax, ours.typed, ours.watch, ours.own, node);
  std::printf("   ratios: typed / document %.2f, watch / SAX %.2f, own instance / SAX %.2f, Node / typed %.1f\n",
              ours.typed / floors.document, ours.watch / floors.sax, ours.own / floors.sax, node / ours.typed);
  std::fflush(stdout);
}

int serve(int instances) {
  const Server server(answer_of(instances));
  std::printf("%s\n", server.url.c_str());
  std::fflush(stdout);
  return waitpid(server.child, nullptr, 0) < 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "--serve") return serve(std::atoi(argv[2]));
  const int calls = argc > 1 ? std::atoi(argv[1]) : 300;
  std::printf(
      "CPU ms a call\ninstances  HTTP+sign  +document       +SAX  typed all  the watch        own   Node SDK\n");
  for (const int instances : {1, 10, 100}) measure(instances, calls, argc > 2 ? argv[2] : "");
  return 0;
}
