#include "ecs/base/failure.h"

#include "unit/ecs/vectors.h"

using namespace preemptd;
using core::ErrorCode;
using core::Millis;
using ecs::testing::data_file;

namespace {

http::Reply example(const std::string& name) {
  const auto file = data_file("examples/errors.json");
  for (const auto& each : file["cases"]) {
    if (each["name"] != name) continue;
    http::Reply reply{each["http_status"].get<int>(), {}, {}};
    reply.body = each["body"].is_string() ? each["body"].get<std::string>() : each["body"].dump();
    for (const auto& [header, value] : each["headers"].items()) reply.headers.push_back({header, value});
    return reply;
  }
  FAIL("no example " << name);
  return {};
}

ErrorCode fault_of(const http::Reply& reply) {
  return ecs::failure_of(ecs::parse_server_error(reply), "ecs:X").error.code;
}

}  // namespace

TEST_CASE("ecs: a server error is kept whole") {
  const auto error = ecs::parse_server_error(example("throttled_user"));
  CHECK(error.http_status == 400);
  CHECK(error.code == "Throttling.User");
  CHECK(error.message == "Request was denied due to user flow control.");
  CHECK(error.request_id == "22222222-AAAA-4BBB-8CCC-000000000001");
  CHECK(error.host_id == "ecs.cn-hangzhou.aliyuncs.com");
  CHECK(error.recommend.starts_with("https://api.aliyun.com/troubleshoot"));
  CHECK(error.retry_after == Millis{1500});
}

TEST_CASE("ecs: server errors are sorted by what can be done about them") {
  struct Row {
    const char* name;
    ErrorCode fault;
  };
  for (const auto& row :
       {Row{"throttled_user", ErrorCode::throttled}, Row{"throttled_plain", ErrorCode::throttled},
        Row{"service_unavailable", ErrorCode::unreachable}, Row{"internal_error", ErrorCode::unreachable},
        Row{"incorrect_status_on_delete", ErrorCode::refused}, Row{"instance_not_found", ErrorCode::refused},
        Row{"no_stock", ErrorCode::refused}, Row{"signature_mismatch", ErrorCode::denied},
        Row{"sts_token_expired", ErrorCode::denied}, Row{"forbidden_ram", ErrorCode::denied},
        Row{"gateway_html", ErrorCode::unreachable}, Row{"empty_body", ErrorCode::unreachable}}) {
    CAPTURE(row.name);
    CHECK(fault_of(example(row.name)) == row.fault);
  }
}

TEST_CASE("ecs: what an error is, is told by its code") {
  CHECK(ecs::is_dry_run_success(ecs::parse_server_error(example("dry_run_passed"))));
  CHECK(ecs::is_clock_error(ecs::parse_server_error(example("timestamp_expired"))));
  CHECK(ecs::is_expired_key(ecs::parse_server_error(example("sts_token_expired"))));
  CHECK(ecs::is_not_found(ecs::parse_server_error(example("instance_not_found"))));
  CHECK_FALSE(ecs::is_not_found(ecs::parse_server_error(example("no_stock"))));
  ecs::ServerError unknown_key;
  unknown_key.code = "InvalidAccessKeyId.NotFound";
  CHECK_FALSE(ecs::is_not_found(unknown_key));
}

TEST_CASE("ecs: a missing permission names the action to allow and the request") {
  const auto failure = ecs::failure_of(ecs::parse_server_error(example("forbidden_ram")), "ecs:DeleteInstances");
  CHECK(failure.error.what.find("allow ecs:DeleteInstance to this key in RAM") != std::string::npos);
  CHECK(failure.error.what.find("22222222-AAAA-4BBB-8CCC-00000000000C") != std::string::npos);
  CHECK(failure.error.where == "ecs:DeleteInstances");
}

TEST_CASE("ecs: XML errors are read, lower-case members too") {
  const http::Reply xml{
      404,
      {},
      "<?xml version='1.0'?><Error><RequestId>R-1</RequestId><Code>InvalidAction</Code><Message>no</Message></Error>"};
  CHECK(ecs::parse_server_error(xml).code == "InvalidAction");
  CHECK(ecs::parse_server_error(xml).request_id == "R-1");
  CHECK(ecs::parse_server_error({400, {}, R"({"code":"X","message":"m","requestId":"R"})"}).request_id == "R");
}

TEST_CASE("ecs: HTML and nothing at all leave no code but a message") {
  const auto html = ecs::parse_server_error({502, {{"x-acs-request-id", "R-9"}}, "<html>\x1b[31m</html>"});
  CHECK(html.code.empty());
  CHECK(html.message.find('\x1b') == std::string::npos);
  CHECK(html.request_id == "R-9");
  CHECK(ecs::parse_server_error({504, {}, ""}).message == "an empty answer");
}

TEST_CASE("ecs: the server's wish for a pause is read from every header it may be in") {
  struct Row {
    http::Header header;
    std::optional<Millis> pause;
  };
  for (const auto& row :
       {Row{{"x-acs-retry-after", "1500"}, Millis{1500}}, Row{{"x-acs-retry-after", "1"}, Millis{100}},
        Row{{"x-acs-retry-after", "9999999"}, Millis{120'000}}, Row{{"x-acs-retry-after", "soon"}, std::nullopt},
        Row{{"x-acs-retry-after", "-5"}, std::nullopt}, Row{{"Retry-After", "2"}, Millis{2000}},
        Row{{"x-ratelimit-user", "Limit:100,Remain:0,TimeLeft:2500"}, Millis{2500}},
        Row{{"Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT"}, std::nullopt}}) {
    CAPTURE(row.header.value);
    CHECK(ecs::parse_server_error({400, {row.header}, "{}"}).retry_after == row.pause);
  }
}

TEST_CASE("ecs: a code belongs to its dotted family only") {
  ecs::ServerError error;
  error.code = "Throttling.User";
  CHECK(error.is("Throttling"));
  CHECK(error.is("Throttling.User"));
  CHECK_FALSE(error.is("Throttling.Us"));
  CHECK_FALSE(error.is("Throttling.User.More"));
}

TEST_CASE("ecs: a message about a signature does not give away the session's token") {
  const std::string code =
      R"("Code":"SignatureDoesNotMatch","RequestId":"R","Message":"Specified signature is not matched with our calculation. server string to sign is:)";
  for (const char* quoted :
       {R"(POST\n/\n\nhost:e\nx-acs-security-token:TOPSECRET\nx-acs-version:v)", R"(x-acs-security-token:TOPSECRET)",
        R"(POST&%2F&Action%3DX%26SecurityToken%3DTOPSECRET%26Version%3Dv)", R"(POST&%2F&SecurityToken%3DTOPSECRET)"}) {
    CAPTURE(quoted);
    const auto error = ecs::parse_server_error({400, {}, "{" + code + quoted + "\"}"});
    CHECK(error.message.find("TOPSECRET") == std::string::npos);
    CHECK(error.message.find("[hidden]") != std::string::npos);
    CHECK(ecs::failure_of(error, "ecs:X").error.what ==
          "SignatureDoesNotMatch: Specified signature is not matched with our calculation.; check the access key "
          "secret (request R)");
  }
}
