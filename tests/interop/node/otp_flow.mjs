// Plays the life of one-time passwords against the stub with AWS's SDK for JavaScript.
//
// Usage: node otp_flow.mjs STUB_URL|BINARY   (needs: npm ci, in the folder of this file or a copy of it)
//
// BINARY is `sms-voice-mock` or `otpdrill`; it is started on a free port and stopped at the end. A stub
// that is already there is reset. The clients know the stub from AWS's own environment variables. Both
// ways of enabling feedback, every exception that the stub has, as the SDK's own class with its members,
// the SDK's paginators, the metrics of CloudWatch and the SDK's retries. Prints each comparison and ends
// with 1 if one fails.

import { spawn } from "node:child_process";
import { basename } from "node:path";
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";
import * as metrics from "@aws-sdk/client-cloudwatch";
import * as sms from "@aws-sdk/client-pinpoint-sms-voice-v2";

const US = "+12065550100";
const BR = "+5511912345678";
const NOBODY = "00000000-0000-4000-8000-000000000000";
const BODY = "123456 is your code.";

let done = 0;
let failed = 0;

function equal(what, found, wanted) {
  done += 1;
  const [shown, expected] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (isDeepStrictEqual(found, wanted)) {
    console.log(`  ok      ${what}: ${shown}`);
  } else {
    failed += 1;
    console.log(`  FAILED  ${what}: ${shown}, expected ${expected}`);
  }
}

// The stub's own endpoints.
class Stub {
  constructor(url) {
    this.url = url;
  }

  async call(method, path, body) {
    const answer = await fetch(`${this.url}/_mock/${path}`, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!answer.ok) {
      throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    }
    return answer.json();
  }

  reset() {
    return this.call("POST", "reset");
  }

  service(section) {
    return this.call("PUT", "scenario", { service: section });
  }

  async advance(seconds) {
    return (await this.call("POST", "clock/advance", { seconds })).now;
  }

  async feedback(id) {
    return (await this.call("GET", `messages/${id}`)).feedback;
  }

  async totals() {
    const found = await this.call("GET", "dashboard");
    return ["expecting", "received", "failed", "auto_failed", "completed"].map((key) => found[key]);
  }
}

class World {
  constructor(url) {
    this.stub = new Stub(url);
    this.client = new sms.PinpointSMSVoiceV2Client({ maxAttempts: 1 });
    this.cloudwatch = new metrics.CloudWatchClient({});
  }

  ask(command, members, client = this.client) {
    return client.send(new sms[`${command}Command`](members));
  }

  async send(members = {}, client = this.client) {
    const all = { DestinationPhoneNumber: US, MessageBody: BODY, ...members };
    return (await this.ask("SendTextMessage", all, client)).MessageId;
  }

  put(id, status) {
    return this.ask("PutMessageFeedback", { MessageId: id, MessageFeedbackStatus: status });
  }

  // The call rejects with this class and these members.
  async refused(what, name, call, members = {}, status = 400) {
    let error;
    try {
      await call();
    } catch (caught) {
      error = caught;
    }
    equal(what, error?.name ?? "accepted", name);
    equal(`${what}: is the SDK's class`, error instanceof sms[name], true);
    const found = Object.fromEntries(Object.keys(members).map((key) => [key, error?.[key]]));
    equal(`${what}: members`, found, members);
    equal(`${what}: the message says something`, Boolean(error?.message), true);
    equal(`${what}: status and attempts`, [error?.$metadata?.httpStatusCode, error?.$metadata?.attempts], [status, 1]);
    equal(`${what}: request id`, Boolean(error?.$metadata?.requestId), true);
    return error;
  }
}

async function feedback(world) {
  const { stub } = world;
  await world.ask("CreateConfigurationSet", { ConfigurationSetName: "otp" });
  await world.ask("SetDefaultMessageFeedbackEnabled", { ConfigurationSetName: "otp", MessageFeedbackEnabled: true });
  const byCall = await world.send({ MessageFeedbackEnabled: true });
  const bySet = await world.send({ ConfigurationSetName: "otp" });
  const no = await world.send({ ConfigurationSetName: "otp", MessageFeedbackEnabled: false });
  const none = await world.send();
  const lost = await world.send({ DestinationPhoneNumber: BR, MessageFeedbackEnabled: true });
  const states = (ids) => Promise.all(ids.map((id) => stub.feedback(id)));
  equal("by the call, by the set, the call's no, by nobody", await states([byCall, bySet, no, none]),
    ["EXPECTING", "EXPECTING", "NONE", "NONE"]);
  for (const [id, status] of [[byCall, "RECEIVED"], [bySet, "FAILED"]]) {
    const { MessageId, MessageFeedbackStatus } = await world.put(id, status);
    equal("put", [MessageId, MessageFeedbackStatus], [id, status]);
  }
  equal("dashboard", await stub.totals(), [3, 1, 1, 0, 1]);
  const before = await feedbackMetrics(world);
  equal("CloudWatch", before, { expecting: 3, with: 2, received: 1, share: 100 / 3 });
  await stub.advance(3700);
  equal("after an hour", await states([byCall, bySet, lost]), ["RECEIVED", "FAILED", "AUTO_FAILED"]);
  equal("dashboard after an hour", await stub.totals(), [3, 1, 1, 1, 1]);
  equal("CloudWatch is not moved by it", await feedbackMetrics(world), before);
  await world.put(lost, "RECEIVED");
  equal("CloudWatch after a late put", (await feedbackMetrics(world)).received, 2);
  await cloudwatch(world);
}

const EXPECTING = "NumberOfTextMessagesExpectingFeedback";
const WITH = "NumberOfTextMessagesWithFeedback";

function query(id, name, dimensions = {}) {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  const Metric = { Namespace: "AWS/SMSVoice", MetricName: name, Dimensions };
  return { Id: id, MetricStat: { Metric, Period: 7 * 86400, Stat: "Sum" } };
}

async function span(world) {
  const now = await world.stub.advance(0);
  const at = (days) => new Date((now + days * 86400) * 1000);
  return { StartTime: at(-14), EndTime: at(14) };
}

async function feedbackMetrics(world) {
  const queries = [
    query("expecting", EXPECTING),
    query("with", WITH),
    query("received", WITH, { MessageFeedbackStatus: "RECEIVED" }),
    { Id: "share", Expression: "100*received/expecting" },
  ];
  const asked = { ...(await span(world)), MetricDataQueries: queries };
  const answer = await world.cloudwatch.send(new metrics.GetMetricDataCommand(asked));
  return Object.fromEntries(answer.MetricDataResults.map((result) =>
    [result.Id, result.Values.reduce((sum, value) => sum + value, 0)]));
}

// The other queries, on what `feedback` left behind: three messages that expect, two of them in the US.
async function cloudwatch(world) {
  const client = world.cloudwatch;
  const statistics = (members) => client.send(new metrics.GetMetricStatisticsCommand(members));
  const asked = { Namespace: "AWS/SMSVoice", MetricName: EXPECTING, ...(await span(world)), Period: 7 * 86400, Statistics: ["Sum", "SampleCount"] };
  const points = (await statistics({ ...asked, Dimensions: [{ Name: "IsoCountryCode", Value: "US" }] })).Datapoints;
  equal("GetMetricStatistics", [points[0].Sum, points[0].SampleCount, points[0].Unit], [2, 2, "Count"]);
  equal("its time is a date", points[0].Timestamp instanceof Date, true);
  const series = [];
  for await (const page of metrics.paginateListMetrics({ client }, { Namespace: "AWS/SMSVoice", MetricName: EXPECTING })) {
    series.push(...page.Metrics);
  }
  equal("ListMetrics", series.map((one) => one.Dimensions.map((pair) => pair.Value).join()).sort(), ["", "BR", "US"]);
  const pages = [];
  const queries = { ...(await span(world)), MetricDataQueries: [1, 2, 3].map((nth) => query(`m${nth}`, EXPECTING)), MaxDatapoints: 1 };
  for await (const page of metrics.paginateGetMetricData({ client }, queries)) {
    pages.push(page.MetricDataResults.flatMap((result) => result.Values).length);
  }
  equal("GetMetricData in pages", pages, [1, 1, 1]);
  let error;
  try {
    await statistics({ ...asked, StartTime: asked.EndTime, EndTime: asked.StartTime });
  } catch (caught) {
    error = caught;
  }
  equal("the end before the start", error instanceof metrics.InvalidParameterValueException, true);
}

async function exceptions(world) {
  const { stub } = world;
  const invalid = await world.refused("two wrong members", "ValidationException",
    () => world.send({ DestinationPhoneNumber: "abc", TimeToLive: 1 }), { Reason: "FIELD_VALIDATION_FAILED" });
  equal("Fields", invalid.Fields.map((field) => field.Name).sort(), ["DestinationPhoneNumber", "TimeToLive"]);
  equal("each with its message", invalid.Fields.every((field) => field.Message), true);
  await world.refused("too dear", "ValidationException", () => world.send({ MaxPrice: "0.00001" }), { Reason: "PRICE_OVER_THRESHOLD" });
  await world.ask("CreateConfigurationSet", { ConfigurationSetName: "twice" });
  await world.refused("a set of the same name", "ConflictException",
    () => world.ask("CreateConfigurationSet", { ConfigurationSetName: "twice" }),
    { Reason: "RESOURCE_ALREADY_EXISTS", ResourceType: "configuration-set", ResourceId: "twice" });
  await world.ask("PutOptedOutNumber", { OptOutListName: "Default", OptedOutNumber: US });
  await world.refused("who has opted out", "ConflictException", () => world.send(),
    { Reason: "DESTINATION_PHONE_NUMBER_OPTED_OUT", ResourceType: "opted-out-number" });
  const { ProtectConfigurationId: id } = await world.ask("CreateProtectConfiguration", {});
  await world.ask("UpdateProtectConfigurationCountryRuleSet",
    { ProtectConfigurationId: id, NumberCapability: "SMS", CountryRuleSetUpdates: { BR: { ProtectStatus: "BLOCK" } } });
  await world.refused("a blocked country", "ConflictException",
    () => world.send({ DestinationPhoneNumber: BR, ProtectConfigurationId: id }),
    { Reason: "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION", ResourceType: "protect-configuration", ResourceId: id });
  await stub.reset();
  await world.ask("RequestPhoneNumber",
    { IsoCountryCode: "US", MessageType: "TRANSACTIONAL", NumberCapabilities: ["SMS"], NumberType: "TOLL_FREE" });
  await stub.service({ account: { tier: "sandbox" } });
  await world.refused("a number that is not verified", "ConflictException", () => world.send(),
    { Reason: "DESTINATION_PHONE_NUMBER_NOT_VERIFIED", ResourceType: "verified-destination-number" });
  await world.refused("no originator for the country", "ConflictException",
    () => world.send({ DestinationPhoneNumber: "+447860019066" }), { Reason: "NO_ORIGINATION_IDENTITIES_FOUND" });
  await stub.reset();
  await world.refused("feedback on nobody's message", "ResourceNotFoundException",
    () => world.put(NOBODY, "RECEIVED"), { ResourceType: "message", ResourceId: NOBODY });
  await stub.service({ spend_limit_usd: 0 });
  await world.refused("the month's money is spent", "ServiceQuotaExceededException",
    () => world.send(), { Reason: "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT" });
  await stub.service({ account: { status: "disabled" } });
  await world.refused("a disabled account", "AccessDeniedException", () => world.send(), { Reason: "ACCOUNT_DISABLED" });
  await stub.service({ quotas: { SendTextMessage: 0.01 } });
  await world.send();
  const throttled = await world.refused("faster than the quota", "ThrottlingException", () => world.send());
  equal("it may be retried, as a throttle", throttled.$retryable, { throttling: true });
  await stub.service({ errors: { SendTextMessage: { internal_error: 1 } } });
  const internal = await world.refused("an internal error", "InternalServerException", () => world.send(), {}, 500);
  equal("it is the service's fault", internal.$fault, "server");
  equal("its RequestId is the answer's", internal.RequestId, internal.$metadata.requestId);
}

async function paginators(world) {
  const { client } = world;
  const { ProtectConfigurationId } = await world.ask("CreateProtectConfiguration", {});
  for (let nth = 0; nth < 5; nth += 1) {
    await world.ask("CreateConfigurationSet", { ConfigurationSetName: `set-${nth}` });
    await world.ask("CreateOptOutList", { OptOutListName: `list-${nth}` });
    await world.ask("PutOptedOutNumber", { OptOutListName: "list-0", OptedOutNumber: `+1206555010${nth}` });
    const { PhoneNumberId } = await world.ask("RequestPhoneNumber",
      { IsoCountryCode: "US", MessageType: "TRANSACTIONAL", NumberCapabilities: ["SMS"], NumberType: "TOLL_FREE" });
    await world.ask("CreatePool", { OriginationIdentity: PhoneNumberId, IsoCountryCode: "US", MessageType: "TRANSACTIONAL" });
    await world.ask("RequestSenderId", { SenderId: `SENDER${nth}`, IsoCountryCode: "DE" });
    await world.ask("CreateVerifiedDestinationNumber", { DestinationPhoneNumber: `+1206555020${nth}` });
    await world.ask("PutProtectConfigurationRuleSetNumberOverride",
      { ProtectConfigurationId, DestinationPhoneNumber: `+1206555030${nth}`, Action: "BLOCK" });
    if (nth > 0) {
      await world.ask("CreateProtectConfiguration", {});
    }
  }
  const cases = [
    ["DescribeConfigurationSets", "ConfigurationSets", {}],
    ["DescribeOptedOutNumbers", "OptedOutNumbers", { OptOutListName: "list-0" }],
    ["DescribePhoneNumbers", "PhoneNumbers", {}],
    ["DescribePools", "Pools", {}],
    ["DescribeSenderIds", "SenderIds", {}],
    ["DescribeSpendLimits", "SpendLimits", {}],
    ["DescribeVerifiedDestinationNumbers", "VerifiedDestinationNumbers", {}],
    ["DescribeProtectConfigurations", "ProtectConfigurations", {}],
    ["ListProtectConfigurationRuleSetNumberOverrides", "RuleSetNumberOverrides", { ProtectConfigurationId }],
  ];
  for (const [operation, list, members] of cases) {
    const pages = [];
    for await (const page of sms[`paginate${operation}`]({ client, pageSize: 2 }, { ...members })) {
      pages.push(page[list]);
    }
    equal(`${operation}: pages`, pages.map((page) => page.length), [2, 2, 1]);
    const whole = (await world.ask(operation, members))[list];
    equal(`${operation}: all pages are the whole`, isDeepStrictEqual(pages.flat(), whole), true);
  }
  const { ConfigurationSets } = await world.ask("DescribeConfigurationSets", { ConfigurationSetNames: ["set-0"] });
  equal("a time is a date", ConfigurationSets[0].CreatedTimestamp instanceof Date, true);
}

async function clients(world) {
  const { stub } = world;
  const settings = {
    "as it comes": {},
    "adaptive retries": { retryMode: "adaptive" },
    "in Frankfurt": { region: "eu-central-1" },
    "in a GovCloud": { region: "us-gov-west-1" },
    "a user agent": { customUserAgent: "otp/1.0" },
    "without a cache of idle connections": { requestHandler: { httpAgent: { keepAlive: false } } },
    "an endpoint of its own": { endpoint: stub.url },
    "with a session": { credentials: { accessKeyId: "A", secretAccessKey: "B", sessionToken: "C" } },
  };
  for (const [what, setting] of Object.entries(settings)) {
    const client = new sms.PinpointSMSVoiceV2Client(setting);
    equal(what, Boolean(await world.send({}, client)), true);
    client.destroy();
  }
  const aggregated = new sms.PinpointSMSVoiceV2({});
  const sent = await aggregated.sendTextMessage({ DestinationPhoneNumber: US, MessageBody: BODY });
  equal("the aggregated client", Boolean(sent.MessageId), true);
  const client = new sms.PinpointSMSVoiceV2Client({});
  const ids = await Promise.all(Array.from({ length: 200 }, () => world.send({}, client)));
  equal("200 sends at once", new Set(ids).size, 200);
  await stub.reset();
  for (const [share, left] of [["throttle", 0], ["internal_error", 0], ["unavailable", 0], ["reset_after", 3]]) {
    await stub.service({ errors: { SendTextMessage: { [share]: 1 } } });
    let error;
    try {
      await world.send({}, client);
    } catch (caught) {
      error = caught;
    }
    const { messages } = await stub.call("GET", "messages");
    equal(`attempts at ${share}, and messages left by them`, [error?.$metadata?.attempts, messages.length], [3, left]);
  }
}

async function all(url) {
  for (const name of Object.keys(process.env)) {
    if (/^AWS_|_proxy$/i.test(name)) {
      delete process.env[name];
    }
  }
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "not-a-secret",
    AWS_REGION: "us-east-1",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2: url,
    AWS_ENDPOINT_URL_CLOUDWATCH: url,
  });
  const world = new World(url);
  console.log(`node ${process.version} against ${url}`);
  for (const part of [feedback, exceptions, paginators, clients]) {
    console.log(part.name);
    try {
      await world.stub.reset();
      await part(world);
    } catch (error) {
      console.log(error.stack);
      equal("it came to an end", false, true);
    }
  }
  await world.stub.reset();
  console.log(`${failed > 0 ? "FAILED" : "passed"}: ${done} compared, ${failed} differ`);
  return failed > 0 ? 1 : 0;
}

async function main(target) {
  if (target === undefined || process.argv.length !== 3) {
    console.error("Usage: node otp_flow.mjs STUB_URL|BINARY");
    return 2;
  }
  if (target.startsWith("http")) {
    return all(target.replace(/\/$/, ""));
  }
  const own = basename(target) === "otpdrill" ? ["mock"] : [];
  const child = spawn(target, [...own, "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [first] = await Promise.race([
      createInterface({ input: child.stdout })[Symbol.asyncIterator]().next().then(({ value }) => [value ?? ""]),
      new Promise((_, reject) => child.once("error", reject)),
    ]);
    if (!first.startsWith("listening on http://")) {
      console.error(`the first line of ${target} is ${first}, not the address`);
      return 1;
    }
    return await all(first.replace("listening on ", ""));
  } finally {
    child.kill();
  }
}

process.exitCode = await main(process.argv[2]);
