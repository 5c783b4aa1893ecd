// The floor an idle preemptd is measured against: the same requests over one kept libcurl handle, and nothing else.
//   poll_floor BASE_URL POLLS INTERVAL_MS
#include <curl/curl.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

namespace {

std::size_t append(char* data, std::size_t, std::size_t size, void* body) {
  static_cast<std::string*>(body)->append(data, size);
  return size;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::fprintf(stderr, "usage: poll_floor BASE_URL POLLS INTERVAL_MS\n"), 2;
  const std::string base = argv[1];
  const long polls = std::strtol(argv[2], nullptr, 10), interval = std::strtol(argv[3], nullptr, 10);

  std::string body;
  CURL* curl = curl_easy_init();
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);

  curl_slist* ttl = curl_slist_append(nullptr, "X-aliyun-ecs-metadata-token-ttl-seconds: 21600");
  curl_easy_setopt(curl, CURLOPT_URL, (base + "/latest/api/token").c_str());
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "PUT");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, ttl);
  if (curl_easy_perform(curl) != CURLE_OK) return std::fprintf(stderr, "no token\n"), 1;

  curl_slist* token = curl_slist_append(nullptr, ("X-aliyun-ecs-metadata-token: " + body).c_str());
  curl_easy_setopt(curl, CURLOPT_URL, (base + "/latest/meta-data/instance/spot/termination-time").c_str());
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, nullptr);
  curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, token);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 300L);
  for (long i = 0; i < polls; ++i) {
    body.clear();
    if (curl_easy_perform(curl) != CURLE_OK) return std::fprintf(stderr, "no answer\n"), 1;
    const timespec wait{interval / 1000, interval % 1000 * 1'000'000};
    nanosleep(&wait, nullptr);
  }
  curl_easy_cleanup(curl);
  curl_slist_free_all(ttl);
  curl_slist_free_all(token);
  return 0;
}
