// The floor of a cold `preemptctl instance list`: libcurl, one ACS3 signature, one parse, a line an instance, nothing
// else.
//   list_floor URL
// The key comes from ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET.
#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string>

namespace {

std::string hex(const unsigned char* bytes, unsigned count) {
  std::string text;
  for (unsigned i = 0; i < count; ++i) {
    char pair[3];
    std::snprintf(pair, sizeof pair, "%02x", static_cast<unsigned>(bytes[i]));
    text += pair;
  }
  return text;
}

std::string sha256(const std::string& text) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), out, &size, EVP_sha256(), nullptr);
  return hex(out, size);
}

std::string hmac(const std::string& key, const std::string& text) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), out, &size);
  return hex(out, size);
}

std::string now() {
  char text[32];
  const std::time_t seconds = std::time(nullptr);
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&seconds));
  return text;
}

std::string nonce() {
  unsigned char bytes[16];
  RAND_bytes(bytes, sizeof bytes);
  return hex(bytes, sizeof bytes);
}

std::size_t append(char* data, std::size_t, std::size_t size, void* body) {
  static_cast<std::string*>(body)->append(data, size);
  return size;
}

curl_slist* signed_headers(const std::string& host, const std::string& query, const std::string& id,
                           const std::string& secret) {
  const std::pair<const char*, std::string> headers[] = {
      {"host", host},        {"x-acs-action", "DescribeInstances"}, {"x-acs-content-sha256", sha256("")},
      {"x-acs-date", now()}, {"x-acs-signature-nonce", nonce()},    {"x-acs-version", "2014-05-26"}};
  std::string lines, names;
  curl_slist* list = nullptr;
  for (const auto& [name, value] : headers) {
    lines += std::string(name) + ":" + value + "\n";
    names += (names.empty() ? "" : ";") + std::string(name);
    list = curl_slist_append(list, (std::string(name) + ": " + value).c_str());
  }
  const std::string request = "POST\n/\n" + query + "\n" + lines + "\n" + names + "\n" + sha256("");
  const std::string signature = hmac(secret, "ACS3-HMAC-SHA256\n" + sha256(request));
  return curl_slist_append(
      list, ("Authorization: ACS3-HMAC-SHA256 Credential=" + id + ",SignedHeaders=" + names + ",Signature=" + signature)
                .c_str());
}

}  // namespace

int main(int argc, char** argv) {
  const char* id = std::getenv("ALIBABA_CLOUD_ACCESS_KEY_ID");
  const char* secret = std::getenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET");
  if (argc != 2 || id == nullptr || secret == nullptr)
    return std::fprintf(stderr, "usage: list_floor URL, with a key in the environment\n"), 2;
  const std::string url = argv[1], query = "MaxResults=100&RegionId=cn-hangzhou";
  std::string body;
  CURL* curl = curl_easy_init();
  curl_slist* headers = signed_headers(url.substr(url.find("://") + 3), query, id, secret);
  curl_easy_setopt(curl, CURLOPT_URL, (url + "/?" + query).c_str());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
  if (curl_easy_perform(curl) != CURLE_OK) return std::fprintf(stderr, "no answer\n"), 1;
  curl_slist_free_all(headers);
  curl_easy_cleanup(curl);
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (json.is_discarded() || !json.contains("Instances")) return std::fprintf(stderr, "%s\n", body.c_str()), 1;
  for (const auto& each : json["Instances"]["Instance"]) {
    std::printf("%s  %s  %s  %s\n", each.value("InstanceId", "").c_str(), each.value("Status", "").c_str(),
                each.value("InstanceType", "").c_str(), each.value("ZoneId", "").c_str());
  }
  return 0;
}
